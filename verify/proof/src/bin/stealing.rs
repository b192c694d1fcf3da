//! Looks for calls that hang, on pools whose workers take up other work while they wait.

use clap::Parser;
use gcache_proof::stealing::{Done, Stealing};
use indicatif::HumanCount;
use std::process::ExitCode;
use std::time::Duration;

/// Random graphs of calls on small pools: nobody hangs, bodies are bounded, answers are right.
///
/// Exits with 0 if nothing was found, with 1 if a promise was broken, with 2 if the options make no
/// sense.
#[derive(Debug, Parser)]
#[command(name = "stealing")]
struct Options {
    /// How long to run
    #[arg(long, default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// How many graphs to run at most
    #[arg(long, value_name = "N")]
    graphs: Option<u64>,
    /// Where chances begin; a random number if none is given
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let seed = options.seed.unwrap_or_else(|| rand::random_range(0..1_000_000_000));
    println!("seed {seed}");
    let time = Some(Duration::from_secs(options.seconds));
    let (done, finding) = Stealing { seed, time, graphs: options.graphs }.run(|_| ());
    let Done { graphs, calls, bodies, relieved } = done;
    for (name, count) in [
        ("graphs", graphs),
        ("calls answered", calls),
        ("bodies", bodies),
        ("  relieved", relieved),
    ] {
        println!("{name:<24} {:>12}", HumanCount(count).to_string());
    }
    match finding {
        None => ExitCode::SUCCESS,
        Some(finding) => {
            println!("\n{finding}\nfound with --seed {seed}");
            ExitCode::FAILURE
        }
    }
}
