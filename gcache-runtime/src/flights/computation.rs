//! A computation: a body that runs under its frame, and the way of its value into the cache and to the waiters.

use crate::cache::{Entry, Vacant};
use crate::context::{self, Findings, Frame};
use crate::flights::Flights;
use crate::flights::flight::{Completed, Flight};
use crate::flights::wait_graph::WaitEdge;
use crate::returns::{Storable, Value};
use crate::sync::Arc;
use crate::testing::{self, Outcome};
use std::time::Instant;

/// A body that runs, with the duty to end the wait of its flight's waiters.
///
/// Dropped, it adds its dependencies to those of the bodies that wait for it. Dropped without a value, by panic, error
/// or cancellation, it abandons the flight: where no other body runs for it, all waiters try again.
#[derive(Debug)]
#[must_use]
pub(crate) struct Computation<K: 'static, V: 'static> {
    flights: &'static Flights<K, V>,
    /// The token to insert the value with, if it may be stored.
    vacant: Option<Vacant>,
    frame: Arc<Frame>,
    /// The flight that other calls may join, until the value is handed over.
    flight: Option<Arc<Frame<Flight>>>,
    /// Of a relief: a call that waits for the flight waits for this body as well.
    beside: Option<WaitEdge>,
    /// Whether it is the first body of the flight with a valid value.
    won: bool,
    /// Whether the body returned an error.
    failed: bool,
}

impl<K, V> Computation<K, V> {
    pub(super) fn new(
        flights: &'static Flights<K, V>,
        vacant: Option<Vacant>,
        frame: Arc<Frame>,
        flight: Option<Arc<Frame<Flight>>>,
        beside: Option<WaitEdge>,
    ) -> Self {
        Self { flights, vacant, frame, flight, beside, won: false, failed: false }
    }

    /// Counts the computation, before its body runs.
    pub(super) fn begin(&self) {
        let counts = &self.flights.memo.counts;
        counts.misses.add(1);
        if self.beside.is_some() {
            counts.relieved.add(1);
        }
    }

    pub(crate) fn frame(&self) -> &Arc<Frame> {
        &self.frame
    }

    /// Does without the body: hands `entry`, which is stored, to all waiters.
    pub(super) fn publish(mut self, entry: Arc<Entry<K, V>>)
    where
        K: Send + Sync,
        V: Send + Sync,
    {
        let since = self.frame.since();
        self.hand_over(Completed { entry, outdated: false, since }, true);
    }

    /// Hands over the value: to all waiters if it is `for_all`, else to calls made early enough.
    fn hand_over(&mut self, value: Completed, for_all: bool) {
        if let Some(flight) = self.flight.take()
            && flight.complete(&self.frame, value, for_all)
        {
            self.flights.table.remove(&flight);
        }
    }

    /// Whether it is the first of its flight that has a valid value. It alone may store its value.
    pub(super) fn win(&mut self) -> bool {
        self.won = self.flight.as_ref().is_none_or(|flight| flight.win());
        self.won
    }
}

impl<K: Eq + Send + Sync, V: Value> Computation<K, V> {
    /// Stores the value that the body returned, hands it to the calls that wait, and returns it.
    pub(crate) fn complete<S: Storable<Stored = V>>(
        mut self,
        returned: S::Return,
        key: K,
    ) -> S::Return {
        let outcome = match self.vacant {
            Some(_) => Outcome::Computed,
            None => Outcome::Bypassed,
        };
        let returned = self.settle::<S>(returned, key);
        // Whatever is asked, freed or woken on the way may call, and returns before this call.
        drop(self);
        testing::record(outcome);
        returned
    }

    fn settle<S: Storable<Stored = V>>(&mut self, returned: S::Return, key: K) -> S::Return {
        // Values may be freed on the way, and their destructors may call: see `Flights::lead`.
        let _scope = context::enter(&self.frame);
        // 1. A value that is computed with this one may not outlive it, stored or not.
        let memo = &self.flights.memo;
        if let Some(ttl) = memo.config.ttl {
            self.frame
                .note(|dependencies| dependencies.keep_until(Instant::now().checked_add(ttl)));
        }
        // 2. Errors are not stored.
        let value = match S::split(returned) {
            Ok(value) => value,
            Err(returned) => {
                memo.counts.errors.add(1);
                self.failed = true;
                return returned;
            }
        };
        // 3. It depends on its rows, too.
        if let Some(take) = memo.config.rows {
            let mut late = self.frame.late();
            take(&value, &mut late);
            self.frame.note(|dependencies| dependencies.union(&late));
        }
        // 4. Store and hand over.
        if self.vacant.is_none() {
            return S::join(value);
        }
        S::join(self.keep(value, key))
    }

    fn keep(&mut self, value: V, key: K) -> V {
        let Findings { dependencies, outdated, deadline, since } = self.frame.findings();
        let memo = &self.flights.memo;
        // A value without groups would never end. And no generation tells a call that came after some invalidation
        // whether this one is too old for it.
        // mutant: groupless-value-stored
        let groupless = memo.config.found && !dependencies.has_group();
        if groupless {
            memo.counts.groupless.add(1);
        }
        let outdated = outdated || groupless;
        // mutant: outdated-value-stored
        let valid = !outdated && dependencies.are_alive() && deadline.is_given_now();
        let wanted = memo.config.cache_if.as_ref().is_none_or(|cache_if| cache_if(&key, &value));
        let entry = Arc::new(Entry::new(key, value, dependencies, deadline, memo.config.idle));
        // Of several bodies one stores, and answers all. The value of another serves its own caller, and the
        // calls that wait only if the first is lost.
        // mutant: leader-replaces-relief
        let wins = valid && self.win();
        // Inserted before the flight ends, so that a call finds the entry or the flight.
        // mutant: flight-ends-before-insert-2
        match self.vacant {
            Some(vacant) if wins && wanted && memo.config.stores() => memo.insert(vacant, &entry),
            _ => memo.counts.unstored.add(1),
        }
        // mutant: flight-ends-before-insert
        self.hand_over(Completed { entry: entry.clone(), outdated, since }, self.won);
        match Arc::try_unwrap(entry) {
            Ok(entry) => entry.into_value(),
            Err(shared) => shared.value().clone(),
        }
    }
}

impl<K: 'static, V: 'static> Drop for Computation<K, V> {
    fn drop(&mut self) {
        // mutant: nested-computation-lost
        self.frame.tell_callers();
        if let Some(flight) = self.flight.take() {
            let failed = self.failed || std::thread::panicking();
            // mutant: lost-leader-silent
            if flight.abandon(&self.frame, failed, self.won) {
                self.flights.table.remove(&flight);
            }
        }
    }
}
