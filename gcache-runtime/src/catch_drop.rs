//! User values inside of our structures, and user code that is run in passing.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs code of the user's whose panic is no concern of whoever happens to run it.
pub(crate) fn catch_drop(work: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
        // The panic hook has reported it; there is nobody here to hand it to, and its own destructor
        // may panic, too.
        std::mem::forget(panic);
    }
}

/// Runs code of the user's in a destructor. A panic goes on, unless this runs because of one: a second would abort the
/// process.
pub(crate) fn run_in_drop(work: impl FnOnce()) {
    if std::thread::panicking() { catch_drop(work) } else { work() }
}

/// A user's value whose destructor may panic without harm to whoever happens to drop it: a value
/// ends in the middle of someone else's lookup.
#[derive(Debug)]
pub(crate) struct DropGuard<T>(Option<T>);

impl<T> DropGuard<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Some(value))
    }

    #[inline]
    pub(crate) fn get(&self) -> &T {
        self.0.as_ref().expect("a contained value is there until its owner is dropped")
    }
}

impl<T> Drop for DropGuard<T> {
    fn drop(&mut self) {
        let Some(value) = self.0.take() else { return };
        if std::mem::needs_drop::<T>() {
            catch_drop(|| drop(value));
        }
    }
}
