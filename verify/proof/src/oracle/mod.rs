//! The oracle: random programs over a small world, run against gcache and judged answer by answer.
//!
//! A program has a world of four photos, three users and a few groups without rows, functions that are
//! cached against them in every way that the library knows, and actors that ask, change, invalidate,
//! enter transactions, clear, turn caching off. In every fourth program another process changes the same
//! world, and the link to it is distrusted and trusted. A seed makes a program; a failing one is shortened.
//!
//! # What is judged
//!
//! Each body notes what it reads, each change what it writes and invalidates, all in one order of *moments*.
//! An answer names the run of the body that made it. So when a call returns, all is known of its
//! answer, and it is wrong if
//!
//! - it shows less than what was invalidated before the call began, or was made by a run that began before
//!   an invalidation of what it depends on, or before a clearing, that had returned by then (promises 1, 2, 5);
//! - it shows what was not committed, or misses what its own transaction wrote, or rests on what the
//!   transaction has touched, or comes from a run that was to be nobody else's (promise 6);
//! - it was made before a change of another process that was heard, or that was acknowledged more than the
//!   bound of the link ago (promise 10);
//! - it is of other arguments (promise 8);
//! - a body ran although nothing has ended the entry: what ends is written a second time in
//!   `change.rs`, from the table of the README (promise 3);
//! - a body ran beside a computation that could be joined, or a call waited for one that was known to
//!   be too old (promises 4 and 1);
//! - it is one of more entries than the function has room for (promises 2 and 7).
//!
//! Where a program has one actor, every answer is compared with the uncached functions as well. So is
//! what is left at the end of every program.
//!
//! # What keeps programs apart
//!
//! Caches are the process's. So one program runs at a time, and each begins with all groups invalidated and
//! all functions cleared; what an earlier one has left would be known by the number of its run.

mod ask;
mod change;
mod cx;
mod expect;
mod generate;
mod group;
mod judge;
mod link;
mod mutate;
mod op;
mod perform;
mod program;
mod query;
mod record;
mod report;
mod run;
mod service;
mod shrink;
mod tasks;
mod threads;
mod trace;
mod transact;
mod world;

pub use program::Mode;

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

/// How long to look, and where.
#[derive(Clone, Copy, Debug)]
pub struct Hunt {
    /// The seed of the first program; the next ones have the numbers that follow.
    pub seed: u64,
    /// How many programs to run at most.
    pub programs: Option<u64>,
    /// How long to run programs at most.
    pub time: Option<Duration>,
    /// One mode instead of all.
    pub mode: Option<Mode>,
}

/// What was run.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Programs, by mode.
    pub programs: BTreeMap<Mode, u64>,
    /// Calls of cached functions, each judged.
    pub calls: u64,
    /// Bodies that ran.
    pub runs: u64,
}

/// A violation, with the short program that shows it.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The seed of the program.
    pub seed: u64,
    /// The mode that it was found in.
    pub mode: Mode,
    /// What was wrong.
    pub what: String,
    /// The shortened program.
    pub program: String,
    /// What happened, a line for each event.
    pub events: Vec<String>,
}

impl Counts {
    /// How many programs were run.
    pub fn all_programs(&self) -> u64 {
        self.programs.values().sum()
    }
}

impl Hunt {
    /// Runs programs until one fails or the budget is used up, and tells `progress` now and then.
    pub fn run(self, mut progress: impl FnMut(&Counts)) -> (Counts, Option<Violation>) {
        let begin = Instant::now();
        let mut counts = Counts::default();
        let more = |counts: &Counts| {
            self.programs.is_none_or(|programs| counts.all_programs() < programs)
                && self.time.is_none_or(|time| begin.elapsed() < time)
        };
        let mut seed = self.seed;
        while more(&counts) {
            let program = generate::generate(seed, self.mode);
            let outcome = run::run(&program, false);
            *counts.programs.entry(program.mode).or_default() += 1;
            counts.calls += outcome.calls;
            counts.runs += outcome.runs;
            if let Some(what) = outcome.violation {
                return (counts, Some(Violation::shortened(seed, what, program)));
            }
            progress(&counts);
            seed = seed.wrapping_add(1);
        }
        (counts, None)
    }
}

impl Violation {
    fn shortened(seed: u64, what: String, program: program::Program) -> Self {
        let mode = program.mode;
        let program = shrink::shrink(program, |shorter| shrink::failure(shorter, false).is_some());
        let outcome = shrink::failure(&program, true).unwrap_or_default();
        Self {
            seed,
            mode,
            // The short program may not fail again, if it is one of threads.
            what: outcome.violation.unwrap_or(what),
            program: program.to_string(),
            events: outcome.lines,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, mode, what, program, events } = self;
        writeln!(
            f,
            "violation: {what}\n\nprogram of seed {seed}, {mode:?}, shortened:\n\n{program}"
        )?;
        writeln!(f, "what happened:\n")?;
        events.iter().try_for_each(|event| writeln!(f, "  {event}"))
    }
}
