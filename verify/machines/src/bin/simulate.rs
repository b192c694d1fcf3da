//! Simulates a thousand processes that share groups through one server.

use clap::Parser;
use gcache_machines::curves;
use gcache_machines::simulation::{Scenario, Simulation, Totals};
use indicatif::HumanCount;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Processes, a server and a network in one thread, every answer checked.
///
/// Exits with 0 if nothing was found, with 1 if a promise was broken.
#[derive(Debug, Parser)]
#[command(name = "simulate")]
struct Options {
    /// Write the curves of the docs into this folder, and nothing else
    #[arg(long, value_name = "DIR")]
    curves: Option<PathBuf>,
    /// How many processes
    #[arg(long, default_value_t = 100, value_name = "N")]
    processes: usize,
    /// How many seconds are simulated
    #[arg(long, default_value_t = 60.0, value_name = "N")]
    seconds: f64,
    /// Where chances begin; a random number if none is given
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Calls of each process in a second
    #[arg(long, default_value_t = 1_000.0, value_name = "N")]
    reads: f64,
    /// Writes of all processes in a second
    #[arg(long, default_value_t = 100.0, value_name = "N")]
    writes: f64,
    /// How often something goes wrong in a second
    #[arg(long, default_value_t = 4.0, value_name = "N")]
    mishaps: f64,
    /// The share of what is sent that is lost at first, and comes a fifth of a second later
    #[arg(long, default_value_t = 0.01, value_name = "SHARE")]
    loss: f64,
    /// How many messages the server's log keeps
    #[arg(long, default_value_t = 300, value_name = "N")]
    log: usize,
    /// The bound, in milliseconds
    #[arg(long, default_value_t = 1_000, value_name = "MS")]
    bound: u64,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if let Some(folder) = &options.curves {
        return match curves::draw(folder, options.seed.unwrap_or(1), |what| eprintln!("{what} .."))
        {
            Ok(text) => {
                print!("{text}");
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::from(2)
            }
        };
    }
    let scenario = Scenario {
        processes: options.processes,
        seconds: options.seconds,
        seed: options.seed.unwrap_or_else(|| rand::random_range(0..1_000_000_000)),
        reads: options.reads,
        writes: options.writes,
        mishaps: options.mishaps,
        loss: options.loss,
        bound: Duration::from_millis(options.bound),
        log: options.log,
        ..Scenario::default()
    };
    println!("seed {}, {} processes, {} s", scenario.seed, scenario.processes, scenario.seconds);
    let totals = Simulation::new(scenario).run();
    report(&totals)
}

fn report(totals: &Totals) -> ExitCode {
    let rows = [
        ("reads, each judged", totals.reads),
        ("  after a fence", totals.fenced_reads),
        ("  after a receipt", totals.received_reads),
        ("  beyond the bound in the wake of a pause", totals.excused),
        ("writes", totals.written),
        ("  acknowledged", totals.acknowledged),
        ("computations", totals.slices.iter().map(|slice| slice.computations).sum()),
        ("leases that ended", totals.expired),
        ("everything invalidated at a process", totals.invalidated_all),
        ("messages", totals.messages),
        ("beyond the bound", totals.beyond),
        ("stale after a fence", totals.fenced_stale),
        ("stale after a receipt", totals.received_stale),
        ("stale after its own invalidation", totals.own_stale),
    ];
    for (name, count) in rows {
        println!("{name:<42} {:>14}", HumanCount(count).to_string());
    }
    let quantiles = |of: &dyn Fn(f64) -> f64| {
        format!("p50 {:.1}, p99 {:.1}, max {:.1} ms", of(0.5), of(0.99), of(1.0))
    };
    let stale = quantiles(&|share| totals.staleness(share));
    println!("stale after a commit, of those that were: {stale}");
    println!("stale after an acknowledgement: max {} ms", totals.worst / 1_000_000);
    println!("a fence took {}", quantiles(&|share| totals.fence_time(share)));
    if totals.violations() > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
