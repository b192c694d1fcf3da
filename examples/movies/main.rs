//! A film site over `SQLite`, on all cores: first without the cache, then with it.
//!
//! `cargo run --release --example movies` loads 3,201 films, serves a mix of reads and writes for
//! some seconds in each of the two ways, and prints one table. Every answer is checked against what
//! had been written before it was asked for; the program fails on a stale one.
//!
//! Read `movie.rs` and `service.rs` for how the library is used; the rest is the measurement.

mod catalogue;
mod db;
mod mix;
mod movie;
mod options;
mod outcome;
mod progress;
mod report;
mod serve;
mod service;
mod witness;
mod worker;

use catalogue::Catalogue;
use mix::Plan;
use options::{Command, HELP, Options};
use outcome::Outcome;
use progress::Progress;
use serve::Run;
use std::error::Error;
use std::num::NonZero;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

/// Arguments that make no sense.
const BAD_ARGUMENTS: u8 = 2;

fn main() -> ExitCode {
    let command = match Command::parse(std::env::args().skip(1)) {
        Ok(command) => command,
        Err(message) => {
            eprintln!("error: {message}\n\n{HELP}");
            return ExitCode::from(BAD_ARGUMENTS);
        }
    };
    let options = match command {
        Command::Help => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Command::Run(options) => options,
    };
    match compare(&options) {
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
    let catalogue = Catalogue::read()?;
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    println!(
        "{} films, {} users, {threads} threads, {} s each way, seed {}",
        report::grouped(catalogue.movies.len() as u64),
        report::grouped(mix::USERS as u64),
        options.seconds,
        options.seed,
    );
    println!("{}\n", mix::description(options.writes));
    let plans: Vec<Plan> = (0..threads as u64)
        .map(|thread| Plan::draw(&catalogue, options.writes, options.seed.wrapping_add(thread)))
        .collect::<Result<_, _>>()?;
    let run =
        Run { catalogue: &catalogue, plans: &plans, length: Duration::from_secs(options.seconds) };
    let without = run_with(false, "without cache", &run)?;
    let with = run_with(true, "with cache", &run)?;
    print!("\n{}", report::table(&without, &with));
    println!("\n{}", report::verdict(&without, &with));
    Ok(without.is_right() && with.is_right())
}

/// Runs with caching on or off, over a database of its own: both ways begin with the same rows.
fn run_with(cached: bool, name: &str, run: &Run<'_>) -> Result<Outcome, Box<dyn Error>> {
    gcache::set_enabled(cached);
    let mut progress = Progress::begin(name, run.length);
    let started = Instant::now();
    let database = db::Database::create()?;
    run.catalogue.store(&database.connect()?)?;
    progress.note(&format!("rows loaded in {} ms", started.elapsed().as_millis()));
    run.serve(&database, &mut progress)
}
