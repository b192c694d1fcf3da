//! The synchronisation primitives that the runtime uses, named here and nowhere else, so that a
//! model checker can stand in for them.

#[cfg(gcache_model)]
use shuttle::sync as primitives;
#[cfg(not(gcache_model))]
use std::sync as primitives;

pub(crate) use primitives::Arc;
pub(crate) use primitives::atomic::{AtomicBool, AtomicU64, Ordering, fence};

/// An atomic for counts: nothing is decided by it, so a model checker need not look at it.
pub(crate) use std::sync::atomic::{AtomicU64 as AtomicCount, AtomicUsize};

#[cfg(gcache_model)]
pub(crate) use crate::model_check::event::{Event, EventListener, Listener};
#[cfg(not(gcache_model))]
pub(crate) use event_listener::{Event, EventListener, Listener};

#[cfg(gcache_model)]
pub(crate) use shuttle::thread_local;
#[cfg(not(gcache_model))]
pub(crate) use std::thread_local;

/// A mutex that a panic does not poison.
///
/// No user code runs under a lock of ours, so a panic cannot leave the guarded value half changed.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(primitives::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(primitives::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> primitives::MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(primitives::PoisonError::into_inner)
    }
}

/// How many hold `shared` at this moment.
pub(crate) fn holders<T>(shared: &Arc<T>) -> usize {
    #[cfg(gcache_model)]
    crate::model_check::step();
    Arc::strong_count(shared)
}
