//! Measures gcache beside its peers.
//!
//! `cargo run --release -p gcache-bench` takes under three minutes; `-- --help` shows what else there is,
//! and `docs/performance.md` says how it is measured.

mod bars;
mod body;
mod contestant;
mod crew;
mod growth;
mod instructions;
mod keys;
mod machine;
mod measures;
mod memory;
mod options;
mod peers;
mod progress;
mod ratio;
mod report;
mod results;
mod rounds;
mod table;
mod threads;

use clap::Parser as _;
use options::{Arguments, Command};
use std::process::ExitCode;

fn main() -> ExitCode {
    let Arguments { command, options } = Arguments::parse();
    let outcome = match &command {
        None => report::run(&options),
        Some(Command::Growth { svg }) => growth::run(&options, svg),
        Some(Command::Instructions) => instructions::run(&options),
        Some(Command::HitLoop { measure, contestant, ops }) => {
            instructions::hit_loop(&options, measure, contestant, *ops)
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("FAILED: {error}");
            ExitCode::FAILURE
        }
    }
}
