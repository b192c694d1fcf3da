//! The arguments of the program.

use crate::mix::OF;
use std::str::FromStr;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Serves a film site from SQLite, without and with gcache, and compares.

Usage: movies [--seconds N] [--writes N] [--seed N]

  --seconds N   how long to serve each way, 1 or more (default: 5)
  --writes N    how many of 1,000 requests are writes (default: 2)
  --seed N      the seed of everything random (default: 1)
  --help        this text

Exits with 1 if an answer was stale or something failed, with 2 if the arguments make no sense.";

/// What the arguments ask for.
pub(crate) enum Command {
    /// Say how to use the program.
    Help,
    /// Run it.
    Run(Options),
}

/// How to run.
pub(crate) struct Options {
    /// How long to serve each way.
    pub(crate) seconds: u64,
    /// How many of a thousand requests are writes.
    pub(crate) writes: u32,
    /// Where everything random begins.
    pub(crate) seed: u64,
}

impl Command {
    /// Reads the arguments; what it does not know is an error.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut options = Options { seconds: 5, writes: 2, seed: 1 };
        let mut arguments = arguments.into_iter();
        while let Some(name) = arguments.next() {
            match name.as_str() {
                "--help" | "-h" => return Ok(Self::Help),
                "--seconds" => options.seconds = number(&name, arguments.next())?,
                "--writes" => options.writes = number(&name, arguments.next())?,
                "--seed" => options.seed = number(&name, arguments.next())?,
                unknown => return Err(format!("unknown argument `{unknown}`")),
            }
        }
        if options.seconds == 0 {
            return Err("`--seconds` wants 1 or more".to_owned());
        }
        if options.writes > OF {
            return Err(format!("`--writes` wants {OF} or less"));
        }
        Ok(Self::Run(options))
    }
}

fn number<N: FromStr>(name: &str, value: Option<String>) -> Result<N, String> {
    let value = value.ok_or_else(|| format!("`{name}` wants a number"))?;
    value.parse().map_err(|_| format!("`{name}` wants a whole number, not `{value}`"))
}
