//! Drops writers in the middle, and checks that nobody is told for long what is no longer true.

use clap::Parser;
use gcache_proof::leavers::Leavers;
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use std::process::ExitCode;
use std::time::Duration;

/// Writers that are dropped in the middle, a database that goes on, and readers.
///
/// Exits with 0 if nothing was found, with 1 if an answer was stale, with 2 if the options make no sense.
#[derive(Debug, Parser)]
#[command(name = "leavers")]
struct Options {
    /// How long to run
    #[arg(long, default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Where chances begin; a random number if none is given
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let seed = options.seed.unwrap_or_else(|| rand::random_range(0..1_000_000_000));
    println!("seed {seed}");
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} s, {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(options.seconds).with_style(style);
    let time = Some(Duration::from_secs(options.seconds));
    let result = Leavers { seed, time, left: None }.run(|counts| {
        bar.set_position(bar.elapsed().as_secs());
        bar.set_message(format!("{} answers checked", HumanCount(counts.reads)));
    });
    bar.finish_and_clear();
    let (counts, finding) = match result {
        Ok(done) => done,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let sum = |count: fn(&gcache::Stats) -> u64| -> u64 {
        gcache::stats().functions.iter().map(|(_, stats)| count(stats)).sum()
    };
    let doubts = gcache::stats().groups.iter().map(|group| group.doubts).sum();
    let rows = [
        ("reads, each checked", counts.reads),
        ("  hits", sum(|stats| stats.hits)),
        ("  joined", sum(|stats| stats.joined)),
        ("  misses", sum(|stats| stats.misses)),
        ("    not stored", sum(|stats| stats.unstored)),
        ("expired", sum(|stats| stats.expired)),
        ("writes", counts.writes),
        ("  left in the middle", counts.left),
        ("invalidations that left a doubt", doubts),
        ("violations", u64::from(finding.is_some())),
    ];
    for (name, count) in rows {
        println!("{name:<24} {:>12}", HumanCount(count).to_string());
    }
    println!("{:<24} {:>9} ms", "longest out of date", counts.worst.as_millis());
    match finding {
        None => ExitCode::SUCCESS,
        Some(finding) => {
            println!("\n{finding}\nfound with --seed {seed}: FAILED");
            ExitCode::FAILURE
        }
    }
}
