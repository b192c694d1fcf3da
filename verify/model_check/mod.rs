//! The model check: the runtime's own code, run by a scheduler that decides after each step which
//! thread goes on, over all schedules of a small scenario or over many.
//!
//! `RUSTFLAGS="--cfg gcache_model"` swaps what this module stands in for: in `sync.rs` the primitives
//! come from `shuttle`; the lock-free map and the eviction policy are replaced as a whole by `map.rs`
//! and `store.rs` here, whose operations are single steps. All else is the code that users run.
//!
//! What it does not see: orders that only hardware weaker than sequential consistency shows. See
//! `docs/reliability.md`.

#[cfg(test)]
mod explore;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod schedule;
#[cfg(test)]
mod world;

use shuttle::sync::atomic::{AtomicBool, Ordering};
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

/// A point at which another thread may go on.
pub(crate) fn step() {
    static NOTHING: AtomicBool = AtomicBool::new(false);
    NOTHING.load(Ordering::SeqCst);
}

/// How often the usual patience has passed.
static PASSED: AtomicU64 = AtomicU64::new(0);

/// Stands in for the clock that patience is measured by: it moves when a scenario says so.
pub(crate) fn now() -> Instant {
    static BEGIN: OnceLock<Instant> = OnceLock::new();
    let passed = Duration::from_secs(10 * PASSED.load(Ordering::SeqCst));
    *BEGIN.get_or_init(Instant::now) + passed
}

/// Lets so much time pass that everyone's patience is over who waits.
#[cfg(test)]
pub(crate) fn lose_patience() {
    step();
    PASSED.fetch_add(1, Ordering::SeqCst);
    crate::flights::ring(now());
}

/// Which execution of a scenario this is. What the stand-ins hold lasts for one execution.
static EXECUTION: AtomicU64 = AtomicU64::new(0);

/// The number of this execution.
pub(crate) fn execution() -> u64 {
    EXECUTION.load(Ordering::Relaxed)
}

/// Begins another execution, in which sweeps have nothing to do at first.
#[cfg(test)]
fn begin_execution() {
    EXECUTION.fetch_add(1, Ordering::Relaxed);
    crate::generations::begin_execution();
    for registered in crate::registry::memos() {
        registered.memo.begin_execution();
    }
}
