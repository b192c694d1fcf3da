//! `gcache`: invalidates and watches, from a shell, for all processes of a namespace. `README.md` has the manual.

mod failure;
mod group;
mod invalidate;
mod options;
mod server;
mod status;
mod table;
mod watch;

use clap::Parser as _;
use failure::Failure;
use options::{Command, Options};
use std::process::ExitCode;

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(code) => code,
        Err(failure) => failure.tell(),
    }
}

fn run(options: &Options) -> Result<ExitCode, Failure> {
    let place = options.place()?;
    match &options.command {
        Command::Invalidate(what) => invalidate::run(what, &place, options.json),
        Command::Watch { count } => watch::run(*count, &place, options.json),
        Command::Status => status::run(&place, options.json),
    }
}
