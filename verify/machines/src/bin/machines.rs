//! Lets processes share groups through a server, under faults, and checks every answer.

use clap::{Parser, Subcommand};
use comfy_table::{Table, presets};
use gcache_machines::faults::{Faults, counts};
use gcache_machines::history::{Count, Tally};
use gcache_machines::run::{Outcome, Run};
use gcache_machines::stage::Servers;
use gcache_machines::worker::{Task, work};
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use std::error::Error;
use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

/// Three processes, a server and a faulty network between them, every answer checked. Or a cluster, or Sentinels.
///
/// Exits with 0 if nothing was found, with 1 if a promise was broken, with 2 if it could not be run.
#[derive(Debug, Parser)]
#[command(name = "machines", args_conflicts_with_subcommands = true)]
struct Options {
    /// How long to run
    #[arg(long, default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// How many reads to check at most
    #[arg(long, value_name = "N")]
    reads: Option<u64>,
    /// Where chances begin; a random number if none is given
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The bound of the links, in milliseconds
    #[arg(long, default_value_t = 250, value_name = "MS", value_parser = clap::value_parser!(u64).range(10..))]
    bound: u64,
    /// What goes wrong
    #[arg(long, value_enum, default_value_t = Faults::All)]
    faults: Faults,
    /// The program of the server
    #[arg(long, env = "GCACHE_REDIS_SERVER", value_name = "PATH")]
    server: Option<OsString>,
    /// How many threads the server has for its connections
    #[arg(long, env = "GCACHE_REDIS_THREADS", default_value_t = 1, value_name = "N")]
    io_threads: u8,
    /// Through what the processes hear of each other
    #[arg(long, value_enum, default_value_t = Through::Server)]
    through: Through,
    /// Let each fence write; a primary of Sentinels then refuses what it cannot pass on to a replica, and also goes on while
    /// another takes its place
    #[arg(long)]
    fence_by_write: bool,
    /// Let the writers invalidate before they commit, to see that the checker notices
    #[arg(long)]
    invalidates_first: bool,
    /// Let the processes share values, too: one computes for all
    #[arg(long)]
    shared_values: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Through {
    /// A server of the run's own, behind a faulty network
    Server,
    /// A cluster whose slot moves: `bash .ci/redis --cluster COMMAND` starts it
    Cluster,
    /// Sentinels that replace the primary: `bash .ci/redis --sentinel COMMAND` starts them
    Sentinel,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// One of the processes; started by the run itself
    #[command(hide = true)]
    Work(Task),
}

fn main() -> ExitCode {
    let options = Options::parse();
    let result = match &options.command {
        Some(Command::Work(task)) => work(task).map(|()| ExitCode::SUCCESS),
        None => run(&options),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::from(2)
    })
}

fn run(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let named = |name: &str, option: &str| {
        let none =
            format!("there is none: `bash .ci/redis {option} COMMAND` starts and names some");
        std::env::var(name).map_err(|_| none)
    };
    let servers = match options.through {
        Through::Server => {
            let server = options.server.clone();
            let none = "there is no server: `bash .ci/redis COMMAND` installs and names one";
            Servers::One(server.ok_or(none)?, options.io_threads)
        }
        Through::Cluster => Servers::Cluster(named("GCACHE_REDIS_CLUSTER", "--cluster")?),
        Through::Sentinel => {
            let sentinels = named("GCACHE_REDIS_SENTINEL", "--sentinel")?;
            Servers::Sentinel(sentinels, options.fence_by_write)
        }
    };
    let seed = options.seed.unwrap_or_else(|| rand::random_range(0..1_000_000_000));
    let run = Run {
        servers,
        program: std::env::current_exe()?,
        seed,
        time: Duration::from_secs(options.seconds),
        reads: options.reads,
        bound: Duration::from_millis(options.bound),
        faults: options.faults,
        fence_by_write: options.fence_by_write,
        invalidates_first: options.invalidates_first,
        shared_values: options.shared_values,
    };
    println!("seed {seed}, bound {} ms", options.bound);
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} s, {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(options.seconds).with_style(style);
    let outcome = run.run(|tally| {
        bar.set_position(bar.elapsed().as_secs());
        bar.set_message(format!("{} reads checked", HumanCount(tally.reads())));
    })?;
    bar.finish_and_clear();
    Ok(report(seed, &outcome))
}

fn report(seed: u64, outcome: &Outcome) -> ExitCode {
    let faults: Vec<String> =
        counts(&outcome.log).iter().map(|(mishap, count)| format!("{mishap:?} {count}")).collect();
    println!("faults: {}", faults.join(", "));
    println!(
        "acknowledged invalidations: {}\n{}",
        outcome.tally.acknowledged,
        table(&outcome.tally)
    );
    let Some(violation) = outcome.violation else { return ExitCode::SUCCESS };
    println!("\nA promise is broken: {violation:?}");
    let time = violation.read.time;
    for (begun, mishap, process) in
        outcome.log.iter().filter(|(begun, ..)| *begun < time).rev().take(12)
    {
        println!("  {:>6} ms before: {mishap:?}, process {process}", (time - begun) / 1_000_000);
    }
    println!("found with --seed {seed}");
    ExitCode::FAILURE
}

fn table(tally: &Tally) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header([
        "promise",
        "reads",
        "stale",
        "excused by a pause",
        "violations",
        "worst, ms",
    ]);
    let Tally { bounded, fenced, received, own, acknowledged: _ } = *tally;
    for (name, count) in
        [("bounded", bounded), ("fenced", fenced), ("receipt", received), ("own", own)]
    {
        let Count { reads, stale, excused, violations, worst } = count;
        let counts = [reads, stale, excused, violations].map(|count| HumanCount(count).to_string());
        let worst = format!("{}.{}", worst / 1_000_000, worst / 100_000 % 10);
        table.add_row([name.to_owned()].into_iter().chain(counts).chain([worst]));
    }
    table
}
