//! A segment of the load: all workers at once, until enough was done.

use super::cx::Kind;
use super::log::Log;
use super::worker::Worker;
use super::{Finding, Load};
use futures::FutureExt as _;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

/// How many things a segment does: so many that its workers get in each other's way, and so few that what
/// is wrong is soon known.
const SEGMENT: u64 = 30_000;

/// After this without anything done, somebody hangs. Nothing that works takes so long.
const PATIENCE: Duration = Duration::from_secs(10);

/// The workers of all segments.
pub(crate) struct Crew {
    load: Load,
    until: Option<Instant>,
    /// There until the crew is dropped.
    executor: Option<Runtime>,
}

type Outcome = Result<Log, Box<dyn Any + Send>>;

impl Crew {
    pub(crate) fn new(load: Load, until: Option<Instant>) -> std::io::Result<Self> {
        let executor =
            Builder::new_multi_thread().worker_threads(load.threads.get()).enable_time().build()?;
        Ok(Self { load, until, executor: Some(executor) })
    }

    /// Runs a segment, and returns what each worker has written down.
    pub(crate) fn segment(&self, number: u64) -> Result<Vec<Log>, Finding> {
        let acts = Arc::new(AtomicU64::new(0));
        let (done, outcomes) = channel();
        let workers = self.load.threads.get();
        // Nobody hears of them any more only where something else was found.
        for index in 0..2 * workers {
            let (mut work, done) = (self.work(Kind::Task, number, index, &acts), done.clone());
            if let Some(executor) = &self.executor {
                executor.spawn(async move {
                    let worked = async {
                        while work.goes_on() {
                            work.worker.act().await;
                        }
                    };
                    let outcome = AssertUnwindSafe(worked).catch_unwind().await;
                    let _ = done.send(outcome.map(|()| work.worker.into_log()));
                });
            }
        }
        for index in 2 * workers..3 * workers {
            let (mut work, done) = (self.work(Kind::Thread, number, index, &acts), done.clone());
            std::thread::spawn(move || {
                let worked = || {
                    while work.goes_on() {
                        work.worker.act_now();
                    }
                };
                let outcome = catch_unwind(AssertUnwindSafe(worked));
                let _ = done.send(outcome.map(|()| work.worker.into_log()));
            });
        }
        drop(done);
        let logs = gather(&outcomes, &acts);
        gcache::set_enabled(true);
        logs
    }

    fn work(&self, kind: Kind, segment: u64, index: usize, acts: &Arc<AtomicU64>) -> Work {
        let seed = self.load.seed.wrapping_add(segment << 20).wrapping_add(index as u64 * 7919 + 1);
        let worker = Worker::new(kind, seed);
        Work { worker, acts: Arc::clone(acts), until: self.until }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        if let Some(executor) = self.executor.take() {
            // Without waiting for tasks, which may hang.
            executor.shutdown_background();
        }
    }
}

/// A worker, and how long it goes on.
struct Work {
    worker: Worker,
    acts: Arc<AtomicU64>,
    until: Option<Instant>,
}

impl Work {
    fn goes_on(&mut self) -> bool {
        self.acts.fetch_add(1, Ordering::Relaxed) < SEGMENT
            && self.until.is_none_or(|until| Instant::now() < until)
    }
}

/// Waits until all workers have come to their end.
fn gather(outcomes: &Receiver<Outcome>, acts: &AtomicU64) -> Result<Vec<Log>, Finding> {
    let mut logs = Vec::new();
    let mut before = None;
    loop {
        match outcomes.recv_timeout(PATIENCE) {
            Ok(Ok(log)) => logs.push(log),
            Ok(Err(panic)) => return Err(Finding::Panicked(message(&*panic))),
            Err(RecvTimeoutError::Disconnected) => return Ok(logs),
            Err(RecvTimeoutError::Timeout) => {
                let now = acts.load(Ordering::Relaxed);
                if before.replace(now) == Some(now) {
                    return Err(Finding::Hangs);
                }
            }
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("without a message").to_owned()
}
