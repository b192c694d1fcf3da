//! The end of a thread: when what other crates keep per thread is gone, and what remains possible.
//!
//! A destructor of a user's thread-local value may call a cached function. By then the thread number of
//! `seize` may have been given back, and it panics when asked again.

use std::cell::Cell;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    /// The thread has not used the cache yet.
    New,
    /// What is kept per thread is there.
    Running,
    /// It is gone, or about to go.
    Ending,
}

/// Notes that the thread ends, before anything that was made earlier is gone.
struct Sentinel;

impl Drop for Sentinel {
    fn drop(&mut self) {
        LIFE.set(Life::Ending);
    }
}

thread_local! {
    /// Has no destructor, so that it can be read at any time in a thread's life.
    static LIFE: Cell<Life> = const { Cell::new(Life::New) };

    static SENTINEL: Sentinel = const { Sentinel };
}

/// Whether nothing may be kept for this thread any more.
#[inline]
pub(crate) fn is_ending() -> bool {
    match LIFE.get() {
        Life::Running => false,
        Life::Ending => true,
        Life::New => begin(),
    }
}

/// Makes what is kept per thread, and the sentinel after it: a thread's values are dropped last made
/// first.
#[cold]
fn begin() -> bool {
    drop(seize::Collector::new().enter());
    let life = SENTINEL.try_with(|_| Life::Running).unwrap_or(Life::Ending);
    LIFE.set(life);
    life == Life::Ending
}
