//! Stages the races and prints the table.
//!
//! Ends with exit code 1 if gcache gave a stale answer.

use clap::Parser;
use gcache_races::{Outcome, contestants, race, table};
use std::process::ExitCode;
use std::time::Duration;

/// Stages three races between an invalidation and a computation, and prints who answers with a
/// value that is older than the invalidation.
#[derive(Debug, Parser)]
struct Options {
    /// Print the table as Markdown
    #[arg(long)]
    markdown: bool,

    /// How often each race is run
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,

    /// For how many milliseconds a doomed computation is held
    #[arg(long, value_name = "MS", default_value_t = 300)]
    hold: u64,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let hold = Duration::from_millis(options.hold);
    let results: Vec<(_, Vec<Outcome>)> = contestants::ALL
        .into_iter()
        .map(|contestant| {
            eprintln!("{}, {}", contestant.library, contestant.caches);
            let outcomes = (0..options.repeat).map(|_| race(&contestant, hold)).collect();
            (contestant, outcomes)
        })
        .collect();
    print!("{}", table(&results, options.markdown));
    let (_, of_gcache) = &results[0];
    if of_gcache.iter().all(Outcome::is_fresh) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
