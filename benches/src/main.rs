//! Measures gcache beside its peers.
//!
//! `cargo run --release -p gcache-bench` takes under three minutes; `-- --help` shows what else there is,
//! and `docs/performance.md` says how it is measured.

mod bars;
mod body;
mod contestant;
mod crew;
mod keys;
mod machine;
mod measures;
mod memory;
mod options;
mod peers;
mod ratio;
mod report;
mod results;
mod rounds;
mod table;

use clap::Parser as _;
use options::Options;
use std::process::ExitCode;

fn main() -> ExitCode {
    let options = Options::parse();
    match report::run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("FAILED: {error}");
            ExitCode::FAILURE
        }
    }
}
