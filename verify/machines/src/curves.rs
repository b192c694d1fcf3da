//! The curves of the simulation: what a bound costs and gives, what one server carries, and what follows a mishap.

use crate::simulation::{Mishap, Scenario, Simulation, Slice, Totals};
use gcache_plot::{Line, Plot, Spot, grouped};
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

/// Writes all curves into a folder, and returns their numbers as text.
///
/// # Errors
/// A file cannot be written.
pub fn draw(folder: &Path, seed: u64, mut progress: impl FnMut(&str)) -> io::Result<String> {
    fs::create_dir_all(folder)?;
    let mut text = String::new();
    let save = |name: &str, plot: Plot| fs::write(folder.join(name), plot.to_string());
    progress("bounds");
    let (staleness, fences) = bounds(seed, &mut text);
    save("staleness.svg", staleness)?;
    save("fences.svg", fences)?;
    progress("one slot");
    let (messages, acknowledged) = slot(seed, &mut text);
    save("messages.svg", messages)?;
    save("slot.svg", acknowledged)?;
    progress("what follows a mishap");
    save("mishaps.svg", mishaps(seed, &mut text))?;
    Ok(text)
}

/// The bounds, in seconds.
const BOUNDS: [f64; 7] = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];

/// Staleness and fences against the bound.
fn bounds(seed: u64, text: &mut String) -> (Plot, Plot) {
    let runs = BOUNDS.map(|bound| {
        let scenario = Scenario {
            bound: Duration::from_secs_f64(bound),
            seconds: 40.0 * bound.max(1.0),
            reads: 300.0,
            mishaps: 1.0 / bound.max(0.5),
            loss: 0.01,
            seed,
            ..Scenario::default()
        };
        Simulation::new(scenario).run()
    });
    // Of a hundred processes: a thousand fence ten times as often.
    let rate = |totals: &Totals| 10.0 * per_second(totals.fences, totals);
    for (bound, run) in BOUNDS.iter().zip(&runs) {
        let _ = writeln!(
            text,
            "bound {bound} s: stale after a commit p50 {:.1}, p99 {:.0}, max {:.0} ms; after an acknowledgement max {} ms; \
             {} fences/s of 1,000 processes; {} violations in {} reads",
            run.staleness(0.5),
            run.staleness(0.99),
            run.staleness(1.0),
            run.worst / 1_000_000,
            grouped(rate(run)),
            run.violations(),
            grouped(number(run.reads)),
        );
    }
    let line = |name: &str, value: &dyn Fn(&Totals) -> f64| Line {
        name: name.to_owned(),
        spots: runs.iter().map(|run| spot(value(run))).collect(),
    };
    let staleness = Plot {
        title: "How old a stale answer is, with mishaps all the time".to_owned(),
        across: "bound, s".to_owned(),
        up: "ms after the commit or the acknowledgement that it misses".to_owned(),
        places: BOUNDS.map(|bound| bound.to_string()).to_vec(),
        lines: vec![
            line("longest after acknowledgement", &|run| number(run.worst) / 1e6),
            line("p99 after commit", &|run| run.staleness(0.99)),
            line("p50 after commit", &|run| run.staleness(0.5)),
        ],
    };
    let fences = Plot {
        title: "Fences that 1,000 processes send of themselves".to_owned(),
        across: "bound, s".to_owned(),
        up: "fences/s".to_owned(),
        places: BOUNDS.map(|bound| bound.to_string()).to_vec(),
        lines: vec![line("fences", &rate)],
    };
    (staleness, fences)
}

/// How many processes share a slot, and how many invalidations they have in a second.
const PROCESSES: [usize; 3] = [10, 100, 1_000];
const WRITES: [f64; 5] = [100.0, 300.0, 1_000.0, 3_000.0, 10_000.0];

/// Where the search for the knee ends.
const MOST: f64 = 100_000.0;

/// What one slot of a server carries.
fn slot(seed: u64, text: &mut String) -> (Plot, Plot) {
    let runs = PROCESSES.map(|processes| WRITES.map(|writes| carry(processes, writes, seed)));
    for (processes, runs) in PROCESSES.iter().zip(&runs) {
        for (writes, run) in WRITES.iter().zip(runs) {
            let _ = writeln!(
                text,
                "{processes} processes, {} invalidations/s: {} messages/s, {:.1} MB/s, the server busy {:.0} %, acknowledged p50 {:.1}, p99 {:.1} ms, \
                 fence p99 {:.1} ms, {} leases ended",
                grouped(*writes),
                grouped(per_second(run.messages, run)),
                per_second(run.bytes, run) / 1e6,
                100.0 * busy(run),
                run.acknowledgement_time(0.5),
                run.acknowledgement_time(0.99),
                run.fence_time(0.99),
                run.expired,
            );
        }
        let _ = writeln!(text, "{processes} processes: {}", knee(*processes, seed));
    }
    let lines = |value: &dyn Fn(&Totals) -> f64| {
        let line = |(processes, runs): (&usize, &[Totals; 5])| Line {
            name: format!("{} processes", grouped(number(*processes as u64))),
            spots: runs.iter().map(|run| spot(value(run))).collect(),
        };
        PROCESSES.iter().zip(&runs).map(line).collect::<Vec<_>>()
    };
    let places = || WRITES.map(grouped).to_vec();
    let mut messages = lines(&|run| per_second(run.messages, run));
    let spots = WRITES.map(spot).to_vec();
    messages.push(Line { name: "without batches".to_owned(), spots });
    let messages = Plot {
        title: "Messages of one slot".to_owned(),
        across: "invalidations/s of all processes".to_owned(),
        up: "messages/s".to_owned(),
        places: places(),
        lines: messages,
    };
    let acknowledged = Plot {
        title: "How long an acknowledgement takes, by what one slot carries".to_owned(),
        across: "invalidations/s of all processes".to_owned(),
        up: "ms, p99".to_owned(),
        places: places(),
        lines: lines(&|run| run.acknowledgement_time(0.99)),
    };
    (messages, acknowledged)
}

fn carry(processes: usize, writes: f64, seed: u64) -> Totals {
    let scenario = Scenario {
        processes,
        writes,
        seconds: 2.5,
        reads: 20.0,
        fences: 0.0,
        loss: 0.0,
        seed,
        ..Scenario::default()
    };
    Simulation::new(scenario).run()
}

/// The knee: from how many invalidations a second on one of a hundred acknowledgements takes longer than a tenth of a
/// second.
fn knee(processes: usize, seed: u64) -> String {
    let is_below = |writes: f64| carry(processes, writes, seed).acknowledgement_time(0.99) < 100.0;
    if is_below(MOST) {
        return format!("the knee is above {} invalidations/s", grouped(MOST));
    }
    let (mut low, mut high) = (10.0_f64, MOST);
    while high / low > 1.2 {
        let middle = (low * high).sqrt();
        if is_below(middle) { low = middle } else { high = middle }
    }
    format!("the knee is at {} invalidations/s", grouped(low))
}

/// When things go wrong, in slices.
const FIRST: usize = 40;

/// How many slices a curve has, from a second before that.
const SLICES: usize = 80;

/// What follows a restart, a failover and a partition.
fn mishaps(seed: u64, text: &mut String) -> Plot {
    let (restart, failover) = (Mishap::Restart(0.2), Mishap::Failover(1.0));
    let lines = [
        ("restart", &restart),
        ("failover", &failover),
        ("10 % cut off for 10 s", &Mishap::Cut(100, 10.0)),
        ("all connections reset", &Mishap::Reset(1_000)),
    ]
    .map(|(name, mishap)| after(name, mishap, 1, seed, text));
    // The longer the bound, the longer the time in which the processes find out.
    for bound in [2, 4] {
        after("restart", &restart, bound, seed, text);
        after("failover", &failover, bound, seed, text);
    }
    let place = |at: usize| {
        let seconds = number(at as u64) * Slice::SECONDS - 1.0;
        if at % 8 == 4 { format!("{seconds:.0}") } else { String::new() }
    };
    Plot {
        title: "Computations of 1,000 processes before and after a mishap".to_owned(),
        across: "seconds after it".to_owned(),
        up: "times the normal rate, by quarters of a second".to_owned(),
        places: (0..SLICES).map(place).collect(),
        lines: lines.to_vec(),
    }
}

/// The computations before and after a mishap, with a bound in seconds.
fn after(name: &str, mishap: &Mishap, bound: u64, seed: u64, text: &mut String) -> Line {
    let scenario = Scenario {
        processes: 1_000,
        seconds: 40.0,
        bound: Duration::from_secs(bound),
        reads: 300.0,
        writes: 20.0,
        fences: 0.0,
        planned: vec![(number(FIRST as u64) * Slice::SECONDS, mishap.clone())],
        seed,
        ..Scenario::default()
    };
    let run = Simulation::new(scenario).run();
    let normal = &run.slices[FIRST / 2..FIRST];
    let mean = normal.iter().map(|slice| number(slice.computations)).sum::<f64>()
        / number(normal.len() as u64);
    let ratio =
        |slice: &Slice| number(slice.hits) / number((slice.hits + slice.computations).max(1));
    let usual = normal.iter().map(ratio).sum::<f64>() / number(normal.len() as u64);
    let shares = run.slices.iter().map(|slice| number(slice.computations) / mean);
    let peak = shares.clone().skip(FIRST).fold(0.0, f64::max);
    let bad = run.slices.iter().rposition(|slice| ratio(slice) < usual - 0.01);
    let recovered =
        bad.map_or(0.0, |bad| number((bad + 1).saturating_sub(FIRST) as u64) * Slice::SECONDS);
    let _ = writeln!(
        text,
        "{name}, bound {bound} s: computations {}/s before, peak {peak:.1} times that in a quarter of a second; hits {:.1} % before, \
         within one percent of that after {recovered:.2} s; {} leases ended, everything invalidated {} times, {} sessions were warm; \
         {} violations",
        grouped(mean / Slice::SECONDS),
        100.0 * usual,
        run.expired,
        run.invalidated_all,
        run.warm,
        run.violations(),
    );
    let spots = shares.skip(FIRST - 4).take(SLICES).map(|share| spot(share.max(0.01))).collect();
    Line { name: name.to_owned(), spots }
}

/// Which share of its time the server's thread worked.
fn busy(run: &Totals) -> f64 {
    number(run.worked) / number(run.time)
}

fn per_second(count: u64, run: &Totals) -> f64 {
    number(count) / (number(run.time) / 1e9)
}

fn spot(value: f64) -> Spot {
    Spot { low: value, middle: value, high: value }
}

#[expect(clippy::cast_precision_loss, reason = "a number for people to read")]
fn number(count: u64) -> f64 {
    count as f64
}
