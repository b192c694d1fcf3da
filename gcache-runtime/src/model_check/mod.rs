//! The model check: the runtime's own code, run by a scheduler that decides after each step which
//! thread goes on, over all schedules of a small scenario or over many.
//!
//! `RUSTFLAGS="--cfg gcache_model"` swaps what this module stands in for: in `sync.rs` the primitives
//! come from `shuttle`; the lock-free map and the store of record are replaced as a whole by `map.rs`
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
use std::sync::atomic::AtomicU64;

/// A point at which another thread may go on.
pub(crate) fn step() {
    static NOTHING: AtomicBool = AtomicBool::new(false);
    NOTHING.load(Ordering::SeqCst);
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
    crate::backlog::begin_execution();
    for registered in crate::registry::memos() {
        registered.memo.begin_execution();
    }
}
