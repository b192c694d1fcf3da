//! The history checker: threads and tasks ask, change and invalidate under load, and write down what
//! they saw; the log is checked, answer by answer.
//!
//! # What is written down
//!
//! Every event draws a *ticket* from one counter. A change of a group raises its version; it is
//! written down with the ticket from before the write and the one from after the return of its bump. A
//! call is written down with the tickets around it and, for each body behind the answer, the version that
//! it read and the ticket at which it began.
//!
//! # What is wrong
//!
//! - A version less than one whose bump had returned before the call began: **stale**.
//! - A body that began before a bump, or a clearing, that had returned before the call began, though what
//!   it read has not changed: **stale by the rule**.
//! - A version greater than all that were written before the call ended: **from the future**. What a
//!   transaction has written and not committed has versions of that kind for everybody outside.
//! - Inside of a transaction, anything but what it wrote itself.
//!
//! For each group, writes and bumps are sorted by ticket once, with the greatest so far at each; an
//! answer is two or three binary searches. The load runs in segments, which end when everybody has
//! come to an end, and are checked before the next one begins: so the log is as long as a segment.

mod check;
mod cx;
mod group;
mod log;
mod service;
mod tx;
mod work;
mod worker;
mod world;

pub use check::Violation;
pub use log::Counts;

use check::Timeline;
use cx::Kind;
use log::Log;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use worker::Worker;

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

/// How many things a segment does: so many that its workers get in each other's way, and so few that what
/// is wrong is soon known.
const SEGMENT: u64 = 30_000;

/// What was done so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Done {
    /// What the workers did.
    pub counts: Counts,
    /// Bumps, each of one group or of one kind of group.
    pub bumps: u64,
    /// How many segments there were.
    pub segments: u64,
    /// The time that was spent on the load, without the checks.
    pub load: Duration,
}

impl Load {
    /// Loads and checks until the time or the calls are used up, or something is wrong.
    ///
    /// # Errors
    ///
    /// Where an executor cannot be started.
    pub fn run(self, mut progress: impl FnMut(&Done)) -> std::io::Result<(Done, Vec<Violation>)> {
        let executor =
            Builder::new_multi_thread().worker_threads(self.threads.get()).enable_time().build()?;
        let until = self.time.map(|time| Instant::now() + time);
        let mut timeline = Timeline::new();
        let mut done = Done::default();
        let more = |done: &Done| {
            !is_over(until) && self.reads.is_none_or(|reads| done.counts.reads < reads)
        };
        while more(&done) {
            let started = Instant::now();
            let logs = self.segment(&executor, done.segments, until);
            done.load += started.elapsed();
            done.add(&logs);
            let violations = timeline.check(&logs);
            progress(&done);
            if !violations.is_empty() {
                return Ok((done, violations));
            }
        }
        Ok((done, Vec::new()))
    }

    /// Runs all workers until enough was done, and returns their logs.
    fn segment(self, executor: &Runtime, number: u64, until: Option<Instant>) -> Vec<Log> {
        let acts = Arc::new(AtomicU64::new(0));
        let worker = |kind, index: usize| {
            let seed = self.seed.wrapping_add(number << 20).wrapping_add(index as u64 * 7919 + 1);
            let acts = Arc::clone(&acts);
            // Drawn after each thing that was done; whether to go on.
            let go_on = move || acts.fetch_add(1, Ordering::Relaxed) < SEGMENT && !is_over(until);
            (Worker::new(kind, seed), go_on)
        };
        let threads = self.threads.get();
        let tasks: Vec<_> = (0..2 * threads)
            .map(|index| {
                let (worker, go_on) = worker(Kind::Task, index);
                executor.spawn(async move {
                    while go_on() {
                        worker.act().await;
                    }
                    worker.into_log()
                })
            })
            .collect();
        let threads: Vec<_> = (0..threads)
            .map(|index| {
                let (worker, go_on) = worker(Kind::Thread, 1_000 + index);
                std::thread::spawn(move || {
                    while go_on() {
                        worker.act_now();
                    }
                    worker.into_log()
                })
            })
            .collect();
        let of_threads = threads.into_iter().map(std::thread::JoinHandle::join);
        let mut logs: Vec<Log> =
            of_threads.map(|log| log.unwrap_or_else(|panic| resume_unwind(panic))).collect();
        for task in tasks {
            let log = executor.block_on(task);
            logs.push(log.unwrap_or_else(|error| resume_unwind(error.into_panic())));
        }
        gcache::set_enabled(true);
        logs
    }
}

impl Done {
    fn add(&mut self, logs: &[Log]) {
        self.segments += 1;
        for log in logs {
            self.counts += log.counts;
            self.bumps += log.bumped.len() as u64;
        }
    }
}

fn is_over(until: Option<Instant>) -> bool {
    until.is_some_and(|until| Instant::now() >= until)
}
