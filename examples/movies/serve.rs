//! One run: all threads answer requests until the time is over.

use crate::catalogue::Catalogue;
use crate::db::Database;
use crate::mix::Plan;
use crate::outcome::{CacheCounts, Outcome, Tally};
use crate::progress::Progress;
use crate::witness::Witness;
use crate::worker::Worker;
use std::error::Error;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

/// How often the progress is shown.
const TICK: Duration = Duration::from_millis(100);

/// What is to be served, and for how long.
pub(crate) struct Run<'a> {
    pub(crate) catalogue: &'a Catalogue,
    /// The requests of each thread.
    pub(crate) plans: &'a [Plan],
    pub(crate) length: Duration,
}

/// How many requests a thread has answered, on a cache line of its own.
#[derive(Default)]
#[repr(align(128))]
pub(crate) struct Served(AtomicU64);

impl Served {
    /// Tells it to the thread that shows the progress.
    pub(crate) fn set(&self, requests: u64) {
        self.0.store(requests, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Run<'_> {
    /// Serves from `database` until the time is over or a thread has failed.
    pub(crate) fn serve(
        &self,
        database: &Database,
        progress: &mut Progress,
    ) -> Result<Outcome, Box<dyn Error>> {
        let witness = Witness::new(self.catalogue);
        let stop = AtomicBool::new(false);
        let served: Vec<Served> = self.plans.iter().map(|_| Served::default()).collect();
        // All of them are open before the clock starts.
        let dbs = self.plans.iter().map(|_| database.connect()).collect::<Result<Vec<_>, _>>()?;
        let before = CacheCounts::now();
        let started = Instant::now();
        let tally = thread::scope(|scope| {
            let mut threads = Vec::new();
            for ((db, plan), served) in dbs.into_iter().zip(self.plans).zip(&served) {
                let worker = Worker::new(db, self.catalogue, &witness);
                let stop = &stop;
                threads.push(scope.spawn(move || worker.work(plan, served, stop)));
            }
            self.watch(started, &threads, &served, progress);
            stop.store(true, Ordering::Relaxed);
            join(threads)
        })?;
        Ok(Outcome { elapsed: started.elapsed(), tally, cache: CacheCounts::now() - before })
    }

    /// Shows the progress until the time is over. A thread that is over before it has failed.
    fn watch<T>(
        &self,
        started: Instant,
        threads: &[ScopedJoinHandle<'_, T>],
        served: &[Served],
        progress: &mut Progress,
    ) {
        while !threads.iter().any(ScopedJoinHandle::is_finished)
            && let Some(left) = self.length.checked_sub(started.elapsed())
        {
            thread::sleep(left.min(TICK));
            progress.show(started.elapsed(), served.iter().map(Served::get).sum());
        }
    }
}

/// Waits for all threads. An error or a panic in one of them is an error of the run.
fn join(
    threads: Vec<ScopedJoinHandle<'_, rusqlite::Result<Tally>>>,
) -> Result<Tally, Box<dyn Error>> {
    // All are joined before the first failure is returned: the scope panics for one that is not.
    let ends: Vec<_> = threads.into_iter().map(ScopedJoinHandle::join).collect();
    let mut sum = Tally::default();
    for end in ends {
        sum += end.map_err(|_| "a thread has panicked, see above")??;
    }
    Ok(sum)
}
