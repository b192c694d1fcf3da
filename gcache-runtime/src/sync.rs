//! The synchronisation primitives that the runtime uses, named here and nowhere else, so that a
//! model checker can stand in for them.

pub(crate) use std::sync::Arc;
pub(crate) use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};

/// A mutex that a panic does not poison.
///
/// No user code runs under a lock of ours, so a panic cannot leave the guarded value half changed.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(std::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> std::sync::MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Lets a thread sleep until it is woken, once.
#[derive(Debug, Default)]
pub(crate) struct Sleeper {
    woken: Mutex<bool>,
    wakes: std::sync::Condvar,
}

impl Sleeper {
    pub(crate) fn sleep(&self) {
        let awake = self.wakes.wait_while(self.woken.lock(), |woken| !*woken);
        drop(awake.unwrap_or_else(std::sync::PoisonError::into_inner));
    }
}

impl std::task::Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        *self.woken.lock() = true;
        self.wakes.notify_one();
    }
}
