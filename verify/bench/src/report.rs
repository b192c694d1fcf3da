//! The run of all measures, and the tables that come of it.

use crate::measures::{ALL, Measure};
use crate::options::Options;
use crate::progress::Progress;
use crate::results::{Figure, Found, OURS, Results, Sampled};
use crate::rounds::{Plan, measure};
use crate::table::{Rows, figure};
use crate::{bars, machine, memory, ratio, threads};
use std::time::Duration;

/// Turns get no longer than this: what else runs on the machine then spoils few of them.
const LONGEST: Duration = Duration::from_millis(2);

/// Measures what the options ask for, and prints it.
///
/// # Errors
///
/// What a contestant got wrong.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    println!("{}\n", machine::describe());
    println!("seed {}, {} rounds\n", options.seed, options.rounds());
    let chosen: Vec<&Measure> = ALL
        .iter()
        .filter(|measure| (options.full || measure.short) && options.wants(measure.name))
        .collect();
    let parts: usize = chosen.iter().map(|measure| measure.threads.len()).sum();
    let mut results = Results::default();
    for measure in chosen {
        for &threads in measure.threads {
            let found = run_one(options, measure, threads, parts)?;
            println!("{}", table(options.markdown, measure, threads, &found));
            results.add(found);
        }
    }
    memory::run(options, &mut results)?;
    threads::run(options, &mut results);
    ratio::run(options, &mut results)?;
    println!("{}", bars::table(options.markdown, &results));
    Ok(())
}

fn run_one(
    options: &Options,
    chosen: &Measure,
    threads: usize,
    parts: usize,
) -> Result<Vec<Found>, String> {
    let name = title(chosen, threads);
    let field = (chosen.field)(options.seed);
    let rounds = if chosen.few { options.rounds().div_ceil(8) } else { options.rounds() };
    let turns = u32::try_from(parts * rounds * field.len()).unwrap_or(u32::MAX).max(1);
    let plan = Plan { rounds, slice: (options.time() / turns).min(LONGEST) };
    let progress = Progress::begin(rounds);
    progress.show(name.clone());
    let samples = measure(&field, threads, plan, |round| progress.reach(round))
        .map_err(|error| format!("{name}: {error}"))?;
    let found = field.iter().zip(samples).map(|(contestant, samples)| Found {
        measure: chosen.name,
        threads,
        contestant: contestant.name(),
        median: Figure { value: samples.quantile(0.5), trusted: samples.are_clean() },
        sampled: Some(Sampled {
            quartiles: (samples.quantile(0.25), samples.quantile(0.75)),
            clean: samples.clean,
            allocations: samples.allocations,
        }),
    });
    Ok(found.collect())
}

fn title(measure: &Measure, threads: usize) -> String {
    match threads {
        1 => format!("{}, one thread", measure.name),
        _ => format!("{}, {threads} threads", measure.name),
    }
}

/// The table of one measure on so many threads.
fn table(markdown: bool, measure: &Measure, threads: usize, found: &[Found]) -> String {
    let ours = found.iter().find(|found| found.contestant == OURS);
    let ours = ours.map_or(f64::NAN, |ours| ours.median.value);
    let title = title(measure, threads);
    let unit = format!("ns per {}", measure.unit);
    let header = [&title, &unit, "× gcache", "middle half", "of turns", "allocations"];
    let mut rows = Rows::new(markdown, &header);
    for Found { contestant, median, sampled, .. } in found {
        let sampled = sampled.expect("times are sampled");
        let (low, high) = sampled.quartiles;
        rows.line([
            (*contestant).to_owned(),
            figure(median.value) + if median.trusted { "" } else { " ?" },
            figure(median.value / ours),
            format!("{} to {}", figure(low), figure(high)),
            sampled.clean.to_string(),
            figure(sampled.allocations),
        ]);
    }
    rows.to_string()
}
