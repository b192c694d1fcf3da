//! The synchronisation primitives that the runtime uses, named here and nowhere else, so that a
//! model checker can stand in for them.

#[cfg(gcache_model)]
use shuttle::sync as primitives;
#[cfg(not(gcache_model))]
use std::sync as primitives;

use std::time::Instant;

pub(crate) use primitives::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering, fence};

pub(crate) use primitives::{Arc, Weak};

/// A cell that is written once.
///
/// Also in the model check: a thread blocks here only while another runs an initialiser, and every
/// initialiser of ours returns without a step of the scheduler, so no thread is ever found inside one.
pub(crate) use std::sync::OnceLock;

/// As [`OnceLock`], with its initialiser. Its uses are not part of the model check.
#[cfg(not(gcache_model))]
pub(crate) use std::sync::LazyLock;

/// An atomic for counts: nothing is decided by it, so a model checker need not look at it.
pub(crate) use std::sync::atomic::{AtomicU64 as AtomicCount, AtomicUsize};

/// An atomic that is written under a lock.
pub(crate) use std::sync::atomic::AtomicU32 as AtomicIndex;

/// A count up to a few, which decides about nothing but effort.
pub(crate) use std::sync::atomic::AtomicU8 as AtomicFew;

/// A flag that is raised once, under a lock or where it decides about nothing but effort.
pub(crate) use std::sync::atomic::AtomicBool as AtomicFlag;

#[cfg(gcache_model)]
pub(crate) use shuttle::thread_local;
#[cfg(not(gcache_model))]
pub(crate) use std::thread_local;

pub(crate) use primitives::MutexGuard;

/// A mutex that a panic does not poison.
///
/// No user code runs under a lock of ours, so a panic cannot leave the guarded value half changed.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(primitives::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(primitives::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(primitives::PoisonError::into_inner)
    }
}

/// How many hold `shared` at this moment.
pub(crate) fn holders<T>(shared: &Arc<T>) -> usize {
    #[cfg(gcache_model)]
    crate::model_check::step();
    Arc::strong_count(shared)
}

#[cfg(gcache_model)]
pub(crate) use crate::model_check::now;

/// This moment, on the clock that patience is measured by.
#[cfg(not(gcache_model))]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Lets threads wait for a change of what a mutex guards.
#[derive(Debug, Default)]
pub(crate) struct Condvar(primitives::Condvar);

impl Condvar {
    pub(crate) const fn new() -> Self {
        Self(primitives::Condvar::new())
    }

    pub(crate) fn notify_one(&self) {
        self.0.notify_one();
    }

    /// Waits until it is notified, or `until` has come, or for no reason.
    pub(crate) fn wait_until<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        until: Option<Instant>,
    ) -> MutexGuard<'a, T> {
        // A model checker knows no time: a thread that waits until then is woken by an alarm.
        match until.filter(|_| !cfg!(gcache_model)) {
            None => self.0.wait(guard).unwrap_or_else(primitives::PoisonError::into_inner),
            Some(until) => {
                let time = until.saturating_duration_since(now());
                let waited = self.0.wait_timeout(guard, time);
                waited.unwrap_or_else(primitives::PoisonError::into_inner).0
            }
        }
    }
}

/// Lets a thread sleep until it is woken, once.
#[derive(Debug, Default)]
pub(crate) struct Sleeper {
    woken: Mutex<bool>,
    wakes: Condvar,
}

impl Sleeper {
    /// Sleeps until it is woken, or `until` has come.
    pub(crate) fn sleep(&self, until: Option<Instant>) {
        let mut woken = self.woken.lock();
        // mutant: thread-sleeps-unchecked
        while !*woken && until.is_none_or(|until| now() < until) {
            woken = self.wakes.wait_until(woken, until);
        }
    }
}

impl std::task::Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        *self.woken.lock() = true;
        self.wakes.notify_one();
    }
}
