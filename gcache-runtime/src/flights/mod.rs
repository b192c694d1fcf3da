//! Flights: callers of one key share one computation.
//!
//! A call that found no entry asks [`Flights::claim`] what to do: lead the computation, wait for another
//! call's, or compute alone. A leader completes its flight, or abandons it by being dropped. A waiter asks
//! [`Flights::resume`] once it has been woken without a value.
//!
//! Invariants:
//! - A key has at most one flight in the table, and a flight leaves the table when it is over.
//! - A flight is over once all its waiters have their value, or none of its bodies runs any more: a leader that
//!   is lost wakes all, and one of them leads the next flight.
//! - A waiter takes no value that was invalidated before its call was made, and joins no flight whose value
//!   would be.
//! - No wait closes a circle: a call that would wait for itself computes alone.
//! - User code (keys' `Eq`, wakers, destructors) runs under no lock.
//!
//! In reading order: `flight.rs` (a flight and the bodies that run for it), `waiter.rs` (the calls that wait),
//! `patience.rs` (how long they wait), `wait_graph.rs` (which body waits for which).

mod flight;
mod patience;
#[cfg(all(test, not(gcache_model)))]
mod tests;
mod wait_graph;
mod waiter;

use crate::clock::Timestamp;
use crate::context::Frame;
use crate::hashing::IdentityHasher;
use crate::sync::{Arc, Mutex};
use flight::Flight;
use std::collections::{HashMap, hash_map};
use std::time::Instant;

pub(crate) use flight::{Completed, Leader};
pub use patience::Patience;
#[cfg(all(test, gcache_model))]
pub(crate) use patience::ring;
pub(crate) use waiter::{WaitOutcome, Waiter};

/// A value that a flight hands over.
pub(crate) trait Validity {
    /// Whether this was valid for a call made at `called`, which joined the flight at `joined`.
    fn was_valid(&self, called: Timestamp, joined: Instant) -> bool;
}

/// The flights of one memo, by the hash of their key.
///
/// Not a lock-free map as the entries': a flight leaves the table at the end of a thread too, and is freed at
/// once, with the key and the value that it holds. Each lock is held for one look, insertion or removal.
#[derive(Debug)]
pub(crate) struct Flights<K, T> {
    patience: Patience,
    shards: [Mutex<Shard<K, T>>; SHARDS],
}

type Shard<K, T> = HashMap<u64, Arc<Flight<K, T>>, IdentityHasher>;

/// Over how many locks the flights are spread.
const SHARDS: usize = 16;

/// How a call without an entry goes on.
pub(crate) enum Claim<K: 'static, T: Validity + 'static> {
    /// Compute, for all calls that join.
    Lead(Leader<K, T>),
    /// Wait for another call's computation, then [resume](Flights::resume).
    Wait(Box<Waiter<K, T>>),
    /// Compute, for this call alone.
    Alone {
        /// Whether the value may be stored all the same.
        store: bool,
    },
}

impl<K, T: Validity> Flights<K, T> {
    /// No flights; those to come let a call wait as long as `patience` says.
    pub(crate) fn new(patience: Patience) -> Self {
        Self { patience, shards: std::array::from_fn(|_| Mutex::default()) }
    }

    /// Joins the flight of `key`, for a call made at `called`, or begins one whose leader has a new `frame`.
    pub(crate) fn claim(
        &'static self,
        hash: u64,
        key: &K,
        called: Timestamp,
        frame: impl Fn() -> Arc<Frame>,
    ) -> Claim<K, T>
    where
        K: Clone + Eq,
    {
        loop {
            let Some(flight) = self.get(hash) else {
                let flight = Flight::new(hash, key.clone(), frame());
                if self.try_insert(&flight) {
                    return Claim::Lead(Leader::first(self, flight));
                }
                continue;
            };
            // mutant: hash-trusted-flights
            if flight.key() != key {
                // Two keys of one hash: too rare for flights of their own.
                return Claim::Alone { store: true };
            }
            if !flight.is_over() && flight.may_be_joined() {
                return wait(Box::new(Waiter::join(flight, called, self.patience)));
            }
            // Its value was invalidated before this call: calls that joined earlier may take it, this one begins
            // a flight of its own.
            self.remove(&flight);
        }
    }

    /// Goes on with a call whose `waiter` has been woken without a value: it waits on, or computes beside the
    /// bodies of the flight where its patience is over.
    #[cold]
    pub(crate) fn resume(
        &'static self,
        waiter: Box<Waiter<K, T>>,
        frame: impl Fn() -> Arc<Frame>,
    ) -> Claim<K, T>
    where
        K: Clone + Eq,
    {
        if waiter.is_due() {
            let flight = Arc::clone(waiter.flight());
            if !flight.may_be_joined() {
                // A value computed beside a doomed one would be as doomed.
                let called = waiter.called();
                drop(waiter);
                return self.claim(flight.hash(), flight.key(), called, frame);
            }
            if waiter.try_relieve()
                && let Some(leader) = Leader::relief(self, flight, frame())
            {
                return Claim::Lead(leader);
            }
        }
        wait(waiter)
    }

    fn shard(&self, hash: u64) -> &Mutex<Shard<K, T>> {
        // Not the bits that the table itself goes by.
        let shard = usize::try_from((hash >> 40) % SHARDS as u64).expect("a remainder of 16 fits");
        &self.shards[shard]
    }

    fn get(&self, hash: u64) -> Option<Arc<Flight<K, T>>> {
        self.shard(hash).lock().get(&hash).cloned()
    }

    /// Whether `flight` was put in, which it only is where there is none of that hash.
    fn try_insert(&self, flight: &Arc<Flight<K, T>>) -> bool {
        match self.shard(flight.hash()).lock().entry(flight.hash()) {
            hash_map::Entry::Vacant(place) => {
                place.insert(Arc::clone(flight));
                true
            }
            hash_map::Entry::Occupied(_) => false,
        }
    }

    /// Removes `flight`, if it is still there.
    fn remove(&self, flight: &Arc<Flight<K, T>>) {
        let mut shard = self.shard(flight.hash()).lock();
        let removed = match shard.entry(flight.hash()) {
            hash_map::Entry::Occupied(place) if Arc::ptr_eq(place.get(), flight) => {
                Some(place.remove())
            }
            _ => None,
        };
        drop(shard);
        // The key is the user's.
        drop(removed);
    }
}

/// Waits, unless that could never end: then the flight waits for this very call, which computes and leaves no
/// trace.
fn wait<K, T: Validity>(mut waiter: Box<Waiter<K, T>>) -> Claim<K, T> {
    if waiter.enter_graph() { Claim::Wait(waiter) } else { Claim::Alone { store: false } }
}
