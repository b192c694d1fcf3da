//! Measures what a link costs, beside the same without one.

use clap::{Parser, Subcommand};
use gcache_machines::bars::{Role, measure, play};
use gcache_machines::server::Server;
use std::error::Error;
use std::ffi::OsString;
use std::process::ExitCode;

/// Hits, misses and invalidations with a link and without, in turns, and how soon others hear.
#[derive(Debug, Parser)]
#[command(name = "bars", args_conflicts_with_subcommands = true)]
struct Options {
    /// How many rounds of each process
    #[arg(long, default_value_t = 41, value_name = "N")]
    rounds: usize,
    /// The program of the server
    #[arg(long, env = "GCACHE_REDIS_SERVER", value_name = "PATH")]
    server: Option<OsString>,
    /// How many threads the server has for its connections
    #[arg(long, env = "GCACHE_REDIS_THREADS", default_value_t = 1, value_name = "N")]
    io_threads: u8,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// One of the processes; started by the measurement itself
    #[command(hide = true)]
    Play {
        /// What it is measured for
        role: Role,
        /// Where the server is
        url: String,
    },
}

fn main() -> ExitCode {
    let result = run(Options::parse());
    result.map_or_else(
        |error| {
            eprintln!("error: {error}");
            ExitCode::from(2)
        },
        |()| ExitCode::SUCCESS,
    )
}

fn run(options: Options) -> Result<(), Box<dyn Error>> {
    if let Some(Command::Play { role, url }) = options.command {
        return play(role, &url);
    }
    let server = options
        .server
        .ok_or("there is no server: `bash .ci/redis COMMAND` installs and names one")?;
    let server = Server::start(&server, options.io_threads)?;
    println!("{}", measure(server, &std::env::current_exe()?, options.rounds)?);
    Ok(())
}
