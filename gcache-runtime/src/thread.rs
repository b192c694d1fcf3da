//! The end of a thread: when the state that other crates keep per thread is gone.
//!
//! A destructor of a user's thread-local value may call a cached function. By then the thread number of
//! `seize` may have been given back, and it panics when asked again.

use crate::sync::{AtomicUsize, OnceLock, Ordering};
use seize::Guard as _;
use std::cell::Cell;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    /// The thread has not used the cache yet.
    New,
    /// The state that is kept per thread is there.
    Running,
    /// It is gone, or about to go.
    Ended,
}

/// Notes that the thread ends, before anything that was made earlier is gone.
struct Sentinel;

impl Drop for Sentinel {
    fn drop(&mut self) {
        if let Some(work) = LAST_WORK.get() {
            work();
        }
        LIFE.set(Life::Ended);
    }
}

/// The work that each thread does before it ends.
static LAST_WORK: OnceLock<fn()> = OnceLock::new();

/// One more than the highest number that a thread has had.
static MOST: AtomicUsize = AtomicUsize::new(1);

/// Has each thread do `work` before it ends, while the state that is kept for it is there.
#[cfg_attr(gcache_model, allow(dead_code, reason = "nothing is held back there"))]
pub(crate) fn at_the_end(work: fn()) {
    LAST_WORK.get_or_init(|| work);
}

/// How many threads there were at most at the same time, or a few more.
#[cfg_attr(gcache_model, allow(dead_code, reason = "nothing is held back there"))]
pub(crate) fn most() -> usize {
    MOST.load(Ordering::Relaxed)
}

thread_local! {
    /// Has no destructor, so that it can be read at any time in a thread's life.
    static LIFE: Cell<Life> = const { Cell::new(Life::New) };

    static SENTINEL: Sentinel = const { Sentinel };
}

/// Whether no state may be kept for this thread any more.
#[inline]
pub(crate) fn is_ending() -> bool {
    match LIFE.get() {
        Life::Running => false,
        Life::Ended => true,
        Life::New => begin(),
    }
}

/// Makes the state that is kept per thread, and the sentinel after it: a thread's values are dropped last made
/// first.
#[cold]
fn begin() -> bool {
    let number = seize::Collector::new().enter().thread_id();
    MOST.fetch_max(number + 1, Ordering::Relaxed);
    let life = SENTINEL.try_with(|_| Life::Running).unwrap_or(Life::Ended);
    LIFE.set(life);
    life == Life::Ended
}
