//! The film site of the repository's `examples/movies` in three processes over one database: without gcache, then with
//! a link between them.
//!
//! `cargo run --release -p gcache-redis --example movies` starts a Valkey or Redis of its own, and three processes of
//! itself. Each reads and writes for some seconds. Then every answer is held against what had been acknowledged before
//! it was asked for; the program fails if one was older than the bound allows.
//!
//! `service.rs` of that example is the site, word for word. What several machines add to it is in `process.rs`:
//! `connect`, and `acknowledged` where the check wants to know when others could hear of a write.

#[path = "../../../../examples/movies/catalogue.rs"]
mod catalogue;
mod db;
mod judge;
#[path = "../../../../examples/movies/mix.rs"]
mod mix;
#[path = "../../../../examples/movies/movie.rs"]
mod movie;
mod process;
#[path = "../../../../examples/movies/progress.rs"]
mod progress;
mod report;
mod run;
mod server;
#[path = "../../../../examples/movies/service.rs"]
mod service;

use catalogue::Catalogue;
use clap::{Parser, Subcommand};
use report::grouped;
use run::Run;
use server::Server;
use std::error::Error;
use std::process::ExitCode;

/// How many processes there are.
const PROCESSES: u64 = 3;

/// Serves a film site from `SQLite` in three processes, without and with gcache, and checks every answer.
///
/// Exits with 1 if an answer was stale beyond the bound or something failed, with 2 if the arguments make no sense.
#[derive(Debug, Parser)]
#[command(name = "movies", args_conflicts_with_subcommands = true)]
struct Options {
    /// How long to serve each way
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// How many of 1,000 requests are writes
    #[arg(long, default_value_t = 2, value_name = "N", value_parser = clap::value_parser!(u32).range(..=1_000))]
    writes: u32,
    /// Where everything random begins
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// The bound of the links, in milliseconds
    #[arg(long, default_value_t = 1_000, value_name = "MS", value_parser = clap::value_parser!(u64).range(50..))]
    bound: u64,
    /// Let no process hear of another, to see that the check notices
    #[arg(long)]
    unlinked: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// One of the processes; started by the program itself
    #[command(hide = true)]
    Work(process::Task),
}

fn main() -> ExitCode {
    let options = Options::parse();
    let result = match &options.command {
        Some(Command::Work(task)) => process::work(task).map(|()| true),
        None => compare(&options),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs both ways and reports; whether every answer was right.
fn compare(options: &Options) -> Result<bool, Box<dyn Error>> {
    let Options { seconds, writes, seed, bound, unlinked, .. } = *options;
    let server = Server::start()?;
    let catalogue = Catalogue::read()?;
    println!(
        "{} films, {} users, {PROCESSES} processes, {seconds} s each way, seed {seed}, bound {bound} ms, {}",
        grouped(catalogue.movies.len() as u64),
        grouped(mix::USERS as u64),
        server.version(),
    );
    println!("{}\n", mix::description(writes));
    let run = Run { catalogue: &catalogue, url: server.url(), seconds, writes, seed, bound };
    let without = run.serve("without cache", &["--uncached"])?;
    let with = run.serve("with cache", if unlinked { &["--unlinked"] } else { &[] })?;
    print!("\n{}", report::table(&without, &with));
    println!("\n{}", report::verdict(&without, &with, bound));
    Ok(without.verdict.beyond == 0 && with.verdict.beyond == 0)
}
