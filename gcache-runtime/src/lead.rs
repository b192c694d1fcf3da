//! A lead: who may compute, as a guard.

use crate::entry::Entry;
use crate::flight::{Flight, Loss};
use crate::memo::Memo;
use crate::shape::{Shape, Value};
use crate::sync::Arc;
use crate::tracker::{self, Findings, Frame};
use std::time::Instant;

/// The right to compute a value, and the duty to say what came of it.
///
/// Dropped without a value, by panic, error or cancellation, it lets those who wait try again.
#[derive(Debug)]
pub(crate) struct Lead<K: 'static, V: 'static> {
    memo: &'static Memo<K, V>,
    hash: u64,
    frame: Arc<Frame>,
    /// What others may have joined.
    flight: Option<Arc<Flight<K, V>>>,
    /// Whether the value may be stored.
    store: bool,
    /// Whether the body returned, if only an error.
    returned: bool,
}

impl<K, V> Lead<K, V> {
    pub(crate) fn new(
        memo: &'static Memo<K, V>,
        hash: u64,
        frame: Arc<Frame>,
        flight: Option<Arc<Flight<K, V>>>,
        store: bool,
    ) -> Self {
        Self { memo, hash, frame, flight, store, returned: false }
    }

    pub(crate) fn memo(&self) -> &'static Memo<K, V> {
        self.memo
    }

    pub(crate) fn frame(&self) -> &Arc<Frame> {
        &self.frame
    }

    /// Gives `entry` to all who joined.
    pub(crate) fn hand_over(&mut self, entry: &Arc<Entry<K, V>>, outdated: bool) {
        if let Some(flight) = self.flight.take() {
            flight.land(Arc::clone(entry), outdated);
            self.memo.flights.remove(self.hash, &flight);
        }
    }
}

impl<K: Eq, V: Value> Lead<K, V> {
    /// Stores what the body returned, hands it to those who joined, and returns it.
    pub(crate) fn land<S: Shape<Stored = V>>(mut self, returned: S::Return, key: K) -> S::Return {
        self.returned = true;
        // Values may be freed on the way, and their destructors may call: see `lead_flight`.
        let _scope = tracker::enter(&self.frame);
        // What calls this one and is stored may not outlive this value, stored or not.
        let config = &self.memo.config;
        if let Some(ttl) = config.ttl {
            self.frame.note(|basis| basis.keep_until(Instant::now().checked_add(ttl)));
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
            self.frame.note(|basis| basis.absorb(&late));
        }
        if !self.store && self.flight.is_none() {
            return S::join(value);
        }
        S::join(self.keep(value, key))
    }

    fn keep(&mut self, value: V, key: K) -> V {
        let Findings { dependencies, outdated, deadline } = self.frame.findings();
        let config = &self.memo.config;
        let current = !outdated && dependencies.are_alive() && deadline.is_given_now();
        let wanted = config.cache_if.is_none_or(|cache_if| cache_if(&value));
        let entry = Arc::new(Entry::new(key, value, dependencies, deadline, config.idle));
        // Published before the flight ends, so that a call finds the one or the other.
        if self.store && current && wanted && config.stores() {
            self.memo.publish(self.hash, &entry);
        } else {
            self.memo.counts.unstored.add(1);
        }
        self.hand_over(&entry, outdated);
        match Arc::try_unwrap(entry) {
            Ok(entry) => entry.into_value(),
            Err(shared) => shared.value().clone(),
        }
    }
}

impl<K: 'static, V: 'static> Drop for Lead<K, V> {
    fn drop(&mut self) {
        self.frame.tell_callers();
        if let Some(flight) = self.flight.take() {
            let failed = self.returned || std::thread::panicking();
            flight.lose(if failed { Loss::Failed } else { Loss::Cancelled });
            self.memo.flights.remove(self.hash, &flight);
        }
    }
}
