//! Writers that are dropped in the middle, a database that goes on, and readers.
//!
//! Each answer is compared with what the database had done when its call began: what was done, and left by its
//! writer, for longer than a value is used in doubt must be seen, and in the end all is.

mod database;
mod service;
mod work;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Builder;
use work::Cx;

/// How long groups are in doubt here.
pub(crate) const DOUBT: Duration = Duration::from_secs(1);

/// For how long what was computed in doubt is used: a tenth.
pub(crate) const MOST: Duration = Duration::from_millis(100);

const WRITERS: u64 = 6;
const READERS: u64 = 12;

/// What to do.
#[derive(Clone, Copy, Debug)]
pub struct Leavers {
    /// Where chances begin. Times are the machine's, so a seed brings back the kind of run and not the run.
    pub seed: u64,
    /// For how long.
    pub time: Option<Duration>,
    /// Until so many writes were left in the middle.
    pub left: Option<u64>,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Answers, each checked.
    pub reads: u64,
    /// Writes.
    pub writes: u64,
    /// Writes that were dropped in the middle.
    pub left: u64,
    /// The longest time for which something newer was there when a call began.
    pub worst: Duration,
}

/// A stale answer.
#[derive(Clone, Debug)]
pub struct Finding {
    function: &'static str,
    row: u32,
    version: u64,
    now: u64,
    overdue: Duration,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { function, row, version, now, overdue } = self;
        write!(
            f,
            "`{function}({row})` returned version {version}; a younger one was there for {overdue:?} \
             when it was called, and now there is {now}"
        )
    }
}

impl Leavers {
    /// Runs it; `progress` hears of it now and then.
    ///
    /// # Errors
    ///
    /// If no runtime can be started.
    pub fn run(self, progress: impl Fn(Counts)) -> io::Result<(Counts, Option<Finding>)> {
        gcache::set_doubt(DOUBT);
        let runtime = Builder::new_multi_thread().worker_threads(4).enable_time().build()?;
        let cx = Cx::new();
        runtime.block_on(self.drive(&cx, progress));
        let counts = *database::lock(&cx.counts);
        Ok((counts, cx.finding()))
    }

    async fn drive(self, cx: &Arc<Cx>, progress: impl Fn(Counts)) {
        let begun = Instant::now();
        let mut seeds = StdRng::seed_from_u64(self.seed);
        let mut writers: Vec<_> = (0..WRITERS)
            .map(|_| tokio::spawn(work::write(Arc::clone(cx), seeds.random())))
            .collect();
        writers
            .extend((0..READERS).map(|_| tokio::spawn(work::read(Arc::clone(cx), seeds.random()))));
        while !cx.is_over() {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let counts = *database::lock(&cx.counts);
            progress(counts);
            let enough = self.left.is_some_and(|left| counts.left >= left);
            if enough || self.time.is_some_and(|time| begun.elapsed() >= time) {
                cx.stop();
            }
        }
        for worker in writers {
            worker.await.expect("no reader or writer panics");
        }
        gcache::finish::idle().await;
        cx.settle();
        // Whatever was left in the middle is done then, and in no doubt any more.
        tokio::time::sleep(DOUBT + 2 * MOST).await;
        work::read_all(cx).await;
    }
}
