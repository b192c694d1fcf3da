//! The history checker: threads and tasks ask, change and invalidate under load, and write down what
//! they saw; the log is checked, answer by answer.
//!
//! # What is written down
//!
//! Every event draws a *ticket* from one counter. A change of a group raises its version; it is
//! written down with the ticket from before the write and the one from after the return of its invalidation. A
//! call is written down with the tickets around it and, for each body behind the answer, the version that
//! it read and the ticket at which it began.
//!
//! # What is wrong
//!
//! - A version less than one whose invalidation had returned before the call began: **stale**.
//! - A body that began before an invalidation, or a clearing, that had returned before the call began, though what
//!   it read has not changed: **stale by the rule**.
//! - A version greater than all that were written before the call ended: **from the future**. What a
//!   transaction has written and not committed has versions of that kind for everybody outside.
//! - Inside of a transaction, anything but what it wrote itself.
//!
//! For each group, writes and invalidations are sorted by ticket once, with the greatest so far at each; an
//! answer is two or three binary searches. The load runs in segments, which end when everybody has
//! come to an end, and are checked before the next one begins: so the log is as long as a segment.

mod check;
mod cx;
mod group;
mod log;
mod segment;
mod service;
mod tx;
mod work;
mod worker;
mod world;

pub use check::Violation;
pub use log::Counts;

use check::Timeline;
use log::Log;
use segment::Crew;
use std::fmt;
use std::num::NonZero;
use std::time::{Duration, Instant};

/// How to load, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Where chances begin. Threads take turns as they like, so the same seed is not the same run.
    pub seed: u64,
    /// How long to run at most.
    pub time: Option<Duration>,
    /// How many answers to check at most, but for the rest of a segment.
    pub reads: Option<u64>,
    /// How many workers are threads; there are twice as many tasks, on as many threads of an executor.
    pub threads: NonZero<usize>,
}

/// What was done so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Done {
    /// What the workers did.
    pub counts: Counts,
    /// Invalidations, each of one group or of one kind of group.
    pub invalidations: u64,
    /// How many segments there were.
    pub segments: u64,
    /// The time that was spent on the load, without the checks.
    pub load: Duration,
}

/// What was found to be wrong.
#[derive(Clone, Debug)]
pub enum Finding {
    /// The first few wrong answers of each worker.
    Wrong(Vec<Violation>),
    /// Nobody has done anything for so long that somebody must wait for ever.
    Hangs,
    /// A panic that nobody planned.
    Panicked(String),
}

impl Load {
    /// Loads and checks until the time or the calls are used up, or something is wrong.
    ///
    /// # Errors
    ///
    /// Where an executor cannot be started.
    pub fn run(self, mut progress: impl FnMut(&Done)) -> std::io::Result<(Done, Option<Finding>)> {
        let until = self.time.map(|time| Instant::now() + time);
        let crew = Crew::new(self, until)?;
        let mut timeline = Timeline::new();
        let mut done = Done::default();
        let more = |done: &Done| {
            until.is_none_or(|until| Instant::now() < until)
                && self.reads.is_none_or(|reads| done.counts.reads < reads)
        };
        while more(&done) {
            let started = Instant::now();
            let logs = crew.segment(done.segments);
            done.load += started.elapsed();
            let logs = match logs {
                Ok(logs) => logs,
                Err(finding) => return Ok((done, Some(finding))),
            };
            done.add(&logs);
            let violations = timeline.check(&logs);
            progress(&done);
            if !violations.is_empty() {
                return Ok((done, Some(Finding::Wrong(violations))));
            }
        }
        Ok((done, None))
    }
}

impl Done {
    fn add(&mut self, logs: &[Log]) {
        self.segments += 1;
        for log in logs {
            self.counts += log.counts;
            self.invalidations += log.invalidated.len() as u64;
        }
    }
}

impl Finding {
    /// How many wrong answers it stands for, of which the first few of each worker are counted.
    pub fn count(&self) -> u64 {
        match self {
            Self::Wrong(violations) => violations.len() as u64,
            Self::Hangs | Self::Panicked(_) => 1,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong(violations) => {
                violations.iter().try_for_each(|violation| writeln!(f, "violation: {violation}"))
            }
            Self::Hangs => writeln!(f, "violation: somebody waits for ever"),
            Self::Panicked(what) => writeln!(f, "violation: a call panicked: {what}"),
        }
    }
}
