//! Seats: who waits for a flight, threads and tasks alike.
//!
//! A task's waker is its executor's code: it may poll or drop the task on the spot, or panic. So it is
//! cloned, called and dropped under no lock. (The `event-listener` crate calls wakers under the lock of its
//! list: a task that its waker dropped on the spot, as at the end of a runtime, never came back from there.
//! `tests/wakers.rs` has the cases.)

use crate::contained::contain;
use crate::sync::Mutex;
use std::collections::BTreeMap;
use std::task::Waker;

/// Those who wait, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Seats(Mutex<Taken>);

#[derive(Debug, Default)]
struct Taken {
    next: u64,
    wakers: BTreeMap<u64, Option<Waker>>,
}

impl Seats {
    /// Takes a seat and returns its number.
    pub(crate) fn take(&self) -> u64 {
        let mut taken = self.0.lock();
        let number = taken.next;
        taken.next += 1;
        taken.wakers.insert(number, None);
        number
    }

    /// Leaves a seat.
    pub(crate) fn leave(&self, number: u64) {
        let waker = self.0.lock().wakers.remove(&number);
        drop(waker);
    }

    /// Has `waker` woken by the next [`wake_all`](Self::wake_all), instead of an earlier one.
    pub(crate) fn listen(&self, number: u64, waker: &Waker) {
        let waker = waker.clone();
        let before = self.0.lock().wakers.insert(number, Some(waker));
        drop(before);
    }

    /// Wakes all who wait. One that panics keeps no other asleep.
    pub(crate) fn wake_all(&self) {
        let wakers: Vec<Waker> =
            self.0.lock().wakers.values_mut().filter_map(Option::take).collect();
        wakers.into_iter().for_each(|waker| contain(|| waker.wake()));
    }
}
