//! Requests that wait for a value that another process computes.

use crate::wait::lock;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::Notify;

/// Whom to wake, by the key of the lease.
#[derive(Debug, Default)]
pub(super) struct Waiting(Mutex<HashMap<String, Arc<Notify>>>);

impl Waiting {
    /// Registers a request that may come to wait for `lease`.
    pub(super) fn register(self: &Arc<Self>, lease: &str) -> Waiter {
        let notify = Arc::clone(self.table().entry(lease.to_owned()).or_default());
        Waiter { waiting: Arc::clone(self), lease: lease.to_owned(), notify }
    }

    /// Wakes those who wait for `lease`.
    pub(super) fn wake(&self, lease: &str) {
        if let Some(notify) = self.table().get(lease) {
            notify.notify_waiters();
        }
    }

    /// Wakes all: no message comes any more.
    pub(super) fn wake_all(&self) {
        self.table().values().for_each(|notify| notify.notify_waiters());
    }

    fn table(&self) -> MutexGuard<'_, HashMap<String, Arc<Notify>>> {
        lock(&self.0)
    }
}

/// A request that is registered until it is dropped.
#[derive(Debug)]
pub(super) struct Waiter {
    waiting: Arc<Waiting>,
    lease: String,
    pub(super) notify: Arc<Notify>,
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let mut table = self.waiting.table();
        // One here and one in the table.
        if table.get(&self.lease).is_some_and(|known| Arc::strong_count(known) <= 2) {
            table.remove(&self.lease);
        }
    }
}
