//! Puts gcache under load, and checks every answer against the log of what was invalidated.

use clap::Parser;
use gcache_proof::history::{Counts, Done, Finding, Load};
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use std::num::NonZero;
use std::process::ExitCode;
use std::time::Duration;

/// Threads and tasks under load, every answer checked.
///
/// Exits with 0 if nothing was found, with 1 if a promise was broken, with 2 if the options make no
/// sense.
#[derive(Debug, Parser)]
#[command(name = "history")]
struct Options {
    /// How long to run
    #[arg(long, default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// How many answers to check at most
    #[arg(long, value_name = "N")]
    reads: Option<u64>,
    /// Where chances begin; a random number if none is given
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How many threads ask; as many run the tasks, of which there are twice as many
    #[arg(long, default_value_t = NonZero::<usize>::MIN.saturating_add(1), value_name = "N")]
    threads: NonZero<usize>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let load = Load {
        seed: options.seed.unwrap_or_else(|| rand::random_range(0..1_000_000_000)),
        time: Some(Duration::from_secs(options.seconds)),
        reads: options.reads,
        threads: options.threads,
    };
    println!("seed {}, {} threads and {} tasks", load.seed, load.threads, 2 * load.threads.get());
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} s, {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(options.seconds).with_style(style);
    let result = load.run(|done| {
        bar.set_position(bar.elapsed().as_secs());
        bar.set_message(format!("{} answers checked", HumanCount(done.counts.reads)));
    });
    bar.finish_and_clear();
    match result {
        Ok((done, finding)) => report(load.seed, &done, finding.as_ref()),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn report(seed: u64, done: &Done, finding: Option<&Finding>) -> ExitCode {
    let Counts {
        reads,
        reads_in_transactions,
        errors,
        panics,
        cancelled,
        writes,
        writes_given_up,
        invalidations,
        committed,
        rolled_back,
        dropped,
        clears,
        toggles,
    } = done.counts;
    let sum = |count: fn(&gcache::Stats) -> u64| -> u64 {
        gcache::stats().functions.iter().map(|(_, stats)| count(stats)).sum()
    };
    #[expect(clippy::cast_precision_loss, reason = "a rate for people to read")]
    let rate = reads as f64 / done.load.as_secs_f64();
    let rows = [
        ("reads, each checked", reads),
        ("  in a transaction", reads_in_transactions),
        ("hits", sum(|stats| stats.hits)),
        ("joined", sum(|stats| stats.joined)),
        ("misses", sum(|stats| stats.misses)),
        ("  not stored", sum(|stats| stats.unstored)),
        ("evicted", sum(|stats| stats.evicted)),
        ("expired", sum(|stats| stats.expired)),
        ("errors", errors),
        ("panics", panics),
        ("cancelled", cancelled),
        ("writes", writes),
        ("  given up halfway", writes_given_up),
        ("invalidations by hand", invalidations),
        ("invalidations, by scope", done.invalidations),
        ("transactions committed", committed),
        ("  rolled back", rolled_back),
        ("  dropped", dropped),
        ("clearings", clears),
        ("turned off and on", toggles),
        ("segments of the log", done.segments),
        ("violations", finding.map_or(0, Finding::count)),
    ];
    for (name, count) in rows {
        println!("{name:<24} {:>12}", HumanCount(count).to_string());
    }
    println!("{:.0} reads/s under load, in {:.1} s", rate, done.load.as_secs_f64());
    match finding {
        None => ExitCode::SUCCESS,
        Some(finding) => {
            println!("\n{finding}\nfound with --seed {seed}");
            ExitCode::FAILURE
        }
    }
}
