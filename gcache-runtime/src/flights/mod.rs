//! Flights: callers of one key share one computation.
//!
//! A call that found no entry asks [`Flights::claim`] what to do: compute, wait for another call's computation, or
//! take a value. A [`Computation`] stores its value and hands it over; dropped without one, it abandons its flight. A
//! waiter asks [`Flights::resume`] once it has been woken.
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
//! In reading order: `flight` (a flight, and the bodies that run for it), `computation` (a body that runs), `waiter`
//! (the calls that wait), `alarm` (wakes them once their patience is over), `wait_graph` (which body waits for which).

mod alarm;
mod computation;
mod flight;
#[cfg(all(test, not(gcache_model)))]
mod tests;
mod wait_graph;
mod waiter;

use crate::cache::{Entry, Memo, Vacant};
use crate::clock::Timestamp;
use crate::config::Config;
use crate::context::{self, Frame};
use crate::generations::DependencySet;
use crate::hashing::IdentityHasher;
use crate::returns::Value;
use crate::sync::{Arc, Mutex};
use flight::{Flight, WaitOutcome};
use std::collections::{HashMap, hash_map};
use wait_graph::WaitEdge;

#[cfg(all(test, gcache_model))]
pub(crate) use alarm::ring;
pub(crate) use computation::Computation;
pub(crate) use waiter::Waiter;

/// A memo, and the computations under way for it, by the hash of their key.
///
/// Not a lock-free map as the entries': a flight leaves the table at the end of a thread too, and is freed at
/// once, with the key and the value that it holds. Each lock is held for one look, insertion or removal.
#[derive(Debug)]
pub(crate) struct Flights<K: 'static, V: 'static> {
    pub(crate) memo: Memo<K, V>,
    table: Table,
}

/// The computations under way.
#[derive(Debug)]
struct Table([Mutex<Shard>; SHARDS]);

type Shard = HashMap<u64, Arc<Frame<Flight>>, IdentityHasher>;

/// Over how many locks the flights are spread.
const SHARDS: usize = 16;

/// How many failed computations of other calls a call waits for before it computes alone.
///
/// After each failure one waiter leads, so that a broken body is tried by one call at a time; without a
/// limit, the last of a hundred calls of a query that times out would wait a hundred times as long.
const MOST_FAILURES: u32 = 3;

/// How a call without an entry goes on.
pub(crate) enum Claim<K: 'static, V: 'static> {
    /// Take this value of another call.
    Use {
        entry: Arc<Entry<K, V>>,
        /// Whether it serves earlier calls only: see [`Completed`](flight::Completed).
        outdated: bool,
    },
    /// Wait for another call's computation, then [resume](Flights::resume).
    Wait(Waiter),
    /// Run the body.
    Compute(Computation<K, V>),
}

impl<K, V> Flights<K, V>
where
    K: Clone + Eq + Send + Sync + 'static,
    V: Value,
{
    /// An empty memo, and no flights.
    pub(crate) fn new(config: Config<K, V>) -> Self {
        Self { memo: Memo::new(config), table: Table::default() }
    }

    /// Joins the flight of `key`, for a call made at `called` that has seen so many `failures`, or begins one, whose
    /// body depends on the generations that `collect` takes.
    pub(crate) fn claim(
        &'static self,
        vacant: Vacant,
        key: &K,
        called: Timestamp,
        failures: u32,
        collect: &dyn Fn(&mut DependencySet),
    ) -> Claim<K, V> {
        // At the end of a thread a value is for its own call alone.
        if !context::is_available() {
            return self.compute_alone(None, collect);
        }
        if failures == MOST_FAILURES {
            return self.compute_alone(Some(vacant), collect);
        }
        loop {
            let Some(flight) = self.table.get(vacant.hash()) else {
                let frame = Flight::new(vacant.hash(), key.clone(), collect);
                let flight: Arc<Frame<Flight>> = frame.clone();
                if self.table.try_insert(&flight) {
                    let leader = Computation::new(self, Some(vacant), frame, Some(flight), None);
                    return self.lead(vacant, key, leader);
                }
                continue;
            };
            // mutant: hash-trusted-flights
            if !flight.is_of(key) {
                // Two keys of one hash: too rare for flights of their own.
                return self.compute_alone(Some(vacant), collect);
            }
            if !flight.is_over() && flight.may_be_joined() {
                let patience = self.memo.config.patience;
                let waiter = Waiter::join(flight, patience, vacant, called, failures);
                return self.wait(waiter, collect);
            }
            // Its value was invalidated before this call: calls that joined earlier may take it, this one begins
            // a flight of its own.
            self.table.remove(&flight);
        }
    }

    /// Goes on with a call whose `waiter` has been woken: it takes the value, waits on, computes beside the bodies of
    /// the flight where its patience is over, or tries again.
    #[cold]
    pub(crate) fn resume(
        &'static self,
        mut waiter: Waiter,
        key: &K,
        collect: &dyn Fn(&mut DependencySet),
    ) -> Claim<K, V> {
        let (vacant, called, failures) = (waiter.vacant, waiter.called, waiter.failures);
        let failed = match waiter.outcome() {
            Some(WaitOutcome::Value(completed)) => {
                self.memo.counts.joined.add(1);
                let outdated = completed.outdated;
                return Claim::Use { entry: completed.entry(), outdated };
            }
            Some(WaitOutcome::Failed) => 1,
            Some(WaitOutcome::Nothing) => 0,
            None if !context::is_available() => 0,
            None if !waiter.is_due() => return self.wait(waiter, collect),
            // A value computed beside a doomed one would be as doomed.
            None if !waiter.flight().may_be_joined() => 0,
            None => {
                let flight = Arc::clone(waiter.flight());
                if flight.try_relieve(self.memo.config.patience) {
                    let frame: Arc<Frame> = Frame::new((), collect);
                    if flight.relieve(frame.clone()) {
                        let edge = Some(WaitEdge::beside(&*flight, &frame));
                        let relief =
                            Computation::new(self, Some(vacant), frame, Some(flight), edge);
                        return self.lead(vacant, key, relief);
                    }
                }
                return self.wait(waiter, collect);
            }
        };
        drop(waiter);
        self.claim(vacant, key, called, failures + failed, collect)
    }

    /// Waits, unless that could never end: then the flight waits for this very call, which computes and leaves no
    /// trace.
    fn wait(
        &'static self,
        mut waiter: Waiter,
        collect: &dyn Fn(&mut DependencySet),
    ) -> Claim<K, V> {
        if waiter.enter_graph() {
            return Claim::Wait(waiter);
        }
        drop(waiter);
        self.compute_alone(None, collect)
    }

    /// Computes for a flight, unless there is an entry by now.
    fn lead(&'static self, vacant: Vacant, key: &K, computation: Computation<K, V>) -> Claim<K, V> {
        // Others may wait from here on. A destructor of the user's that runs meanwhile, of a value that
        // happens to be freed here, must know that it runs inside of this call.
        let _scope = context::enter(computation.frame());
        // An entry may have been inserted between this call's lookup and its flight.
        // mutant: leader-does-not-look-again
        match self.memo.get_again(vacant, key) {
            Some(entry) => {
                self.memo.counts.joined.add(1);
                computation.publish(entry.clone());
                Claim::Use { entry, outdated: false }
            }
            None => {
                computation.begin();
                Claim::Compute(computation)
            }
        }
    }

    /// Computes without letting any other call join; `vacant` where the value may be stored all the same.
    pub(crate) fn compute_alone(
        &'static self,
        vacant: Option<Vacant>,
        collect: &dyn Fn(&mut DependencySet),
    ) -> Claim<K, V> {
        let frame = Frame::new((), collect);
        let computation = Computation::new(self, vacant, frame, None, None);
        computation.begin();
        Claim::Compute(computation)
    }
}

impl Default for Table {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }
}

impl Table {
    fn shard(&self, hash: u64) -> &Mutex<Shard> {
        // Not the bits that the table itself goes by.
        let shard = usize::try_from((hash >> 40) % SHARDS as u64).expect("a remainder of 16 fits");
        &self.0[shard]
    }

    fn get(&self, hash: u64) -> Option<Arc<Frame<Flight>>> {
        self.shard(hash).lock().get(&hash).cloned()
    }

    /// Whether `flight` was put in, which it only is where there is none of that hash.
    fn try_insert(&self, flight: &Arc<Frame<Flight>>) -> bool {
        match self.shard(flight.hash()).lock().entry(flight.hash()) {
            hash_map::Entry::Vacant(place) => {
                place.insert(Arc::clone(flight));
                true
            }
            hash_map::Entry::Occupied(_) => false,
        }
    }

    /// Removes `flight`, if it is still there.
    fn remove(&self, flight: &Arc<Frame<Flight>>) {
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
