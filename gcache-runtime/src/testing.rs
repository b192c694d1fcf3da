//! What the last call of a thread came to, and tests that cache alone.

#[cfg(feature = "testing")]
pub use on::{Alone, alone, last_outcome};

/// What a call of a cached function, or of [`Cached`](crate::Cached), came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[cfg_attr(not(feature = "testing"), allow(unreachable_pub, reason = "public with the feature"))]
pub enum Outcome {
    /// The value of an entry.
    Hit,
    /// The value of another call, which this one waited for, or found when it was about to compute.
    Joined,
    /// The body ran.
    Computed,
    /// The body ran, and the cache had no part in it: within [`bypass`](crate::bypass) or `bypass = true`, while
    /// caching is [off](crate::set_enabled), in a [`Transaction`](crate::Transaction), or where the call would have
    /// waited for itself.
    Bypassed,
}

/// Notes what a call of this thread has come to.
#[inline]
pub(crate) fn record(outcome: Outcome) {
    #[cfg(feature = "testing")]
    on::LAST.set(Some(outcome));
    #[cfg(not(feature = "testing"))]
    let _ = outcome;
}

#[cfg(feature = "testing")]
mod on {
    use super::Outcome;
    use crate::control::clear;
    use crate::sync::{Mutex, MutexGuard, thread_local};
    use std::cell::Cell;

    thread_local! {
        pub(super) static LAST: Cell<Option<Outcome>> = const { Cell::new(None) };
    }

    /// What the last call came to that has returned on this thread, or whose future has come to its end here.
    /// A call within the body of another one returns before it. One that panics leaves no outcome, nor does a
    /// [`Cached::get`](crate::Cached::get) that finds nothing.
    pub fn last_outcome() -> Option<Outcome> {
        LAST.get()
    }

    static ALONE: Mutex<()> = Mutex::new(());

    /// As long as it lives, other tests wait in [`alone`]. When it is dropped all that is cached is cleared.
    #[must_use = "the test is alone until this is dropped"]
    #[derive(Debug)]
    pub struct Alone {
        _lock: MutexGuard<'static, ()>,
    }

    /// Waits until no other test is alone, and ends all entries of the process: groups and memos are of the whole
    /// process, so tests that run side by side see what the others cache. Tests that do not call this are not kept
    /// out. A test that is alone already would wait for itself, for ever.
    pub fn alone() -> Alone {
        let lock = ALONE.lock();
        clear();
        LAST.set(None);
        Alone { _lock: lock }
    }

    impl Drop for Alone {
        fn drop(&mut self) {
            clear();
        }
    }
}
