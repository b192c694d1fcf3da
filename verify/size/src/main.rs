//! How large gcache is.
//!
//! ```text
//! cargo run -p gcache-size            # the table
//! cargo run -p gcache-size -- -v      # and what is counted in each line
//! cargo run -p gcache-size -- /path   # the sources of another checkout, without what has to be compiled
//! ```

mod expansion;
mod paths;
mod sources;
mod table;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Measures how large gcache is.
#[derive(Parser)]
struct Options {
    /// Another checkout, of which only the sources are read
    checkout: Option<PathBuf>,
    /// Lists what is counted
    #[arg(short, long, global = true)]
    verbose: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Goes a path so many times: what runs under callgrind
    #[command(hide = true)]
    Go { path: String, times: u64 },
}

fn main() -> ExitCode {
    let options = Options::parse();
    let done = match &options.command {
        Some(Command::Go { path, times }) => paths::go(path, *times),
        None => measure(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> Result<(), String> {
    let here = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let root = options.checkout.as_ref().unwrap_or(&here);
    let mut table = table::Table::new(options.verbose);
    table.extend(sources::measure(root)?);
    if options.checkout.is_none() {
        table.extend([expansion::measure()?]);
        table.extend(paths::measure()?);
    }
    println!("{table}");
    Ok(())
}
