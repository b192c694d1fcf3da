//! The arguments of the program.

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

/// Measures gcache beside its peers: all in one process, in turn, by medians.
///
/// Without a command: times, memory, hit ratios, and the bars. Ends with exit code 1 if an answer was wrong
/// or a hit ran the body, never for being slow.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    #[command(flatten)]
    pub(crate) options: Options,
}

/// What else there is to measure.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Hits by the number of keys, groups, dependencies, functions, threads and invalidations, as tables and plots.
    Growth {
        /// Where the plots are written.
        #[arg(long, value_name = "DIRECTORY", default_value = "target/performance")]
        svg: PathBuf,
    },
    /// Instructions per hit, counted by callgrind: they do not depend on the machine's mood.
    Instructions,
    /// Nothing but hits of one contestant, for callgrind and other profilers.
    HitLoop {
        /// The measure, as tables name it.
        measure: String,
        /// The contestant, as tables name it.
        contestant: String,
        /// How many hits.
        ops: u64,
    },
}

/// How to measure.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Measure everything, for longer.
    #[arg(long, global = true)]
    pub(crate) full: bool,

    /// Measure only what has this text in its name.
    #[arg(long, value_name = "TEXT", global = true)]
    pub(crate) only: Option<String>,

    /// Where everything random begins.
    #[arg(long, default_value_t = 1, global = true)]
    pub(crate) seed: u64,

    /// How often each contestant takes its turn [default: 61, with --full 301].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..), global = true)]
    pub(crate) rounds: Option<u16>,

    /// At most about how long all turns take together, getting ready not counted [default: 60, with --full
    /// 600].
    #[arg(long, global = true)]
    pub(crate) seconds: Option<u64>,

    /// Print tables as markdown.
    #[arg(long, global = true)]
    pub(crate) markdown: bool,
}

impl Options {
    /// Whether something of this name is to be measured.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| name.contains(only.as_str()))
    }

    /// How often each contestant takes its turn.
    pub(crate) fn rounds(&self) -> usize {
        self.rounds.map_or(if self.full { 301 } else { 61 }, usize::from)
    }

    /// How long all turns take together.
    pub(crate) fn time(&self) -> Duration {
        Duration::from_secs(self.seconds.unwrap_or(if self.full { 600 } else { 60 }))
    }
}
