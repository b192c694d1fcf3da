//! Transactions that are open, and may be over before their end.
//!
//! sqlx ends a transaction in which a savepoint cannot begin, and commits what is written after it by itself, so its rollback
//! takes nothing back.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

thread_local! {
    /// Those whose work is polled here, the outermost first.
    static OPEN: RefCell<Vec<OpenTransaction>> = const { RefCell::new(Vec::new()) };
}

/// A transaction whose work is under way.
#[derive(Clone, Default)]
pub(crate) struct OpenTransaction {
    is_over: Arc<AtomicBool>,
}

impl OpenTransaction {
    /// Polls its work.
    pub(crate) fn enter<R>(&self, poll: impl FnOnce() -> R) -> R {
        struct Entered;
        impl Drop for Entered {
            fn drop(&mut self) {
                OPEN.with_borrow_mut(Vec::pop);
            }
        }
        OPEN.with_borrow_mut(|open| open.push(self.clone()));
        let _entered = Entered;
        poll()
    }

    /// A savepoint could not begin here: whichever of the transactions around it was ended by that.
    pub(crate) fn savepoint_was_refused() {
        OPEN.with_borrow(|open| {
            open.iter().for_each(|it| it.is_over.store(true, Ordering::Relaxed));
        });
    }

    /// Whether it may be over, so that its rollback may have taken nothing back.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }
}
