//! A lead: who may compute, as a guard.

use crate::cache::{Entry, Memo, Vacant};
use crate::context::{self, Findings, Frame};
use crate::flights::flight::{Flight, Landed, Loss};
use crate::flights::wait_graph::Wait;
use crate::returns::{Storable, Value};
use crate::sync::Arc;
use crate::testing::{self, Outcome};
use std::time::Instant;

/// The right to compute a value, and the duty to say what came of it.
///
/// Dropped without a value, by panic, error or cancellation, it lets those who wait try again.
#[derive(Debug)]
pub(crate) struct Leader<K: 'static, V: 'static> {
    memo: &'static Memo<K, V>,
    /// What to insert the value with, if it may be stored.
    vacant: Option<Vacant>,
    frame: Arc<Frame>,
    /// What others may have joined.
    flight: Option<Part<K, V>>,
    /// Whether the body returned, if only an error.
    returned: bool,
}

/// The part that a body has in a flight.
#[derive(Debug)]
pub(crate) struct Part<K, V> {
    /// Of a relief: that whoever waits for the flight waits for it.
    _beside: Option<Wait>,
    flight: Arc<Flight<K, V>>,
    /// Whether it claimed to be the first with a value that lives.
    claimed: bool,
}

impl<K, V> Part<K, V> {
    /// The part of the body that begins `flight`.
    pub(crate) fn leader(flight: Arc<Flight<K, V>>) -> Self {
        Self { _beside: None, flight, claimed: false }
    }

    /// The part of a body with `frame` that computes beside those of `flight`; `None` where all of its
    /// waiters are answered.
    pub(crate) fn relief(flight: &Arc<Flight<K, V>>, frame: &Arc<Frame>) -> Option<Self> {
        flight.relieve(frame).then(|| {
            let beside = Some(Wait::beside(flight.frame(), frame));
            Self { _beside: beside, flight: Arc::clone(flight), claimed: false }
        })
    }
}

impl<K, V> Leader<K, V> {
    pub(crate) fn new(
        memo: &'static Memo<K, V>,
        vacant: Option<Vacant>,
        frame: Arc<Frame>,
        flight: Option<Part<K, V>>,
    ) -> Self {
        Self { memo, vacant, frame, flight, returned: false }
    }

    pub(crate) fn memo(&self) -> &'static Memo<K, V> {
        self.memo
    }

    pub(crate) fn frame(&self) -> &Arc<Frame> {
        &self.frame
    }

    /// Gives `entry`, which is stored, to all who joined.
    pub(crate) fn hand_over(&mut self, entry: &Arc<Entry<K, V>>) {
        let landed =
            Landed { entry: Arc::clone(entry), outdated: false, since: self.frame.since() };
        self.give(landed, true);
    }

    /// Gives a value to those who joined: to all, or to those who called early enough.
    fn give(&mut self, landed: Landed<K, V>, for_all: bool) {
        if let Some(part) = self.flight.take()
            && let Some(vacant) = self.vacant
            && part.flight.land(&self.frame, landed, for_all)
        {
            self.memo.flights.remove(vacant.hash(), &part.flight);
        }
    }

    /// Whether the value may be stored and be everyone's: no other body of the flight was first.
    fn claim(&mut self) -> bool {
        let Some(part) = &mut self.flight else { return true };
        part.claimed = part.flight.claim();
        part.claimed
    }
}

impl<K: Eq, V: Value> Leader<K, V> {
    /// Stores what the body returned, hands it to those who joined, and returns it.
    pub(crate) fn land<S: Storable<Stored = V>>(
        mut self,
        returned: S::Return,
        key: K,
    ) -> S::Return {
        self.returned = true;
        testing::record(match self.vacant {
            Some(_) => Outcome::Computed,
            None => Outcome::Bypassed,
        });
        // Values may be freed on the way, and their destructors may call: see `lead_flight`.
        let _scope = context::enter(&self.frame);
        // What calls this one and is stored may not outlive this value, stored or not.
        let config = &self.memo.config;
        if let Some(ttl) = config.ttl {
            self.frame
                .note(|dependencies| dependencies.keep_until(Instant::now().checked_add(ttl)));
        }
        let value = match S::split(returned) {
            Ok(value) => value,
            Err(returned) => {
                self.memo.counts.errors.add(1);
                return returned;
            }
        };
        if let Some(take) = config.rows {
            let mut late = self.frame.late();
            take(&value, &mut late);
            self.frame.note(|dependencies| dependencies.union(&late));
        }
        if self.vacant.is_none() && self.flight.is_none() {
            return S::join(value);
        }
        S::join(self.keep(value, key))
    }

    fn keep(&mut self, value: V, key: K) -> V {
        let Findings { dependencies, outdated, deadline, since } = self.frame.findings();
        let config = &self.memo.config;
        // mutant: outdated-value-stored
        let current = !outdated && dependencies.are_alive() && deadline.is_given_now();
        let wanted = config.cache_if.as_ref().is_none_or(|cache_if| cache_if(&key, &value));
        let entry = Arc::new(Entry::new(key, value, dependencies, deadline, config.idle));
        // Of several bodies one stores, and answers all. What another has serves its own caller, and those
        // who wait only if that one is lost.
        // mutant: leader-replaces-relief
        let first = current && self.claim();
        // mutant: flight-ends-before-insert-2
        // Published before the flight ends, so that a call finds the one or the other.
        match self.vacant {
            Some(vacant) if first && wanted && config.stores() => self.memo.insert(vacant, &entry),
            _ => self.memo.counts.unstored.add(1),
        }
        // mutant: flight-ends-before-insert
        self.give(Landed { entry: Arc::clone(&entry), outdated, since }, first);
        match Arc::try_unwrap(entry) {
            Ok(entry) => entry.into_value(),
            Err(shared) => shared.value().clone(),
        }
    }
}

impl<K: 'static, V: 'static> Drop for Leader<K, V> {
    fn drop(&mut self) {
        // mutant: nested-computation-lost
        self.frame.tell_callers();
        if let Some(part) = self.flight.take() {
            let failed = self.returned || std::thread::panicking();
            let loss = if failed { Loss::Failed } else { Loss::Cancelled };
            // mutant: lost-leader-silent
            if part.flight.lose(&self.frame, loss, part.claimed)
                && let Some(vacant) = self.vacant
            {
                self.memo.flights.remove(vacant.hash(), &part.flight);
            }
        }
    }
}
