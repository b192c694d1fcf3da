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
mod work;
mod worker;
mod world;

pub use check::Violation;
pub use log::Counts;

use check::Timeline;
use cx::Kind;
use log::Log;
use std::num::NonZero;
use std::time::{Duration, Instant};
use worker::Worker;

/// How to load, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Where chances begin. Threads take turns as they like, so the same seed is not the same run.
    pub seed: u64,
    /// How long to run.
    pub time: Duration,
    /// How many calls to check at most.
    pub reads: Option<u64>,
    /// How many workers are threads; there are twice as many tasks, on as many threads of an executor.
    pub threads: NonZero<usize>,
}

/// How many calls a segment has, about.
const SEGMENT: u64 = 200_000;

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
        let threads = self.threads.get();
        let executor = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .enable_time()
            .build()?;
        let begin = Instant::now();
        let mut timeline = Timeline::new();
        let mut done = Done::default();
        let more = |done: &Done| {
            begin.elapsed() < self.time && self.reads.is_none_or(|reads| done.counts.reads < reads)
        };
        while more(&done) {
            let started = Instant::now();
            let until = started + self.time.saturating_sub(begin.elapsed());
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

    /// Runs all workers until they have made enough calls, and returns their logs.
    fn segment(self, executor: &tokio::runtime::Runtime, number: u64, until: Instant) -> Vec<Log> {
        let enough = SEGMENT / (3 * self.threads.get() as u64);
        let worker = |kind, index: usize| {
            let seed = self.seed.wrapping_add(number << 20).wrapping_add(index as u64 * 7919 + 1);
            Worker::new(kind, seed)
        };
        let tasks: Vec<_> = (0..2 * self.threads.get())
            .map(|index| {
                let worker = worker(Kind::Task, index);
                executor.spawn(async move {
                    while worker.act().await < enough && Instant::now() < until {}
                    worker.into_log()
                })
            })
            .collect();
        let threads: Vec<_> = (0..self.threads.get())
            .map(|index| {
                let worker = worker(Kind::Thread, 1_000 + index);
                std::thread::spawn(move || {
                    while worker.act_now() < enough && Instant::now() < until {}
                    worker.into_log()
                })
            })
            .collect();
        let of_threads = threads.into_iter().map(|thread| thread.join());
        let mut logs: Vec<Log> = of_threads
            .map(|log| log.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect();
        for task in tasks {
            match executor.block_on(task) {
                Ok(log) => logs.push(log),
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            }
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
