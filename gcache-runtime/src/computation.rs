//! A computation: a body that runs under its frame, and the way of its value into the cache and to the waiters.

use crate::cache::{Entry, Memo, Vacant};
use crate::context::{self, Findings, Frame};
use crate::flights::{Completed, Leader};
use crate::returns::{Storable, Value};
use crate::sync::Arc;
use crate::testing::{self, Outcome};
use std::time::Instant;

/// A body that runs.
///
/// Dropped, it adds its dependencies to those of the bodies that wait for it.
#[derive(Debug)]
pub(crate) struct Computation<K: 'static, V: 'static> {
    memo: &'static Memo<K, V>,
    /// The token to insert the value with, if it may be stored.
    vacant: Option<Vacant>,
    frame: Arc<Frame>,
    /// Of the flight that other calls may join.
    leader: Option<Leader<K, Entry<K, V>>>,
}

impl<K, V> Computation<K, V> {
    pub(crate) fn new(
        memo: &'static Memo<K, V>,
        vacant: Option<Vacant>,
        frame: Arc<Frame>,
        leader: Option<Leader<K, Entry<K, V>>>,
    ) -> Self {
        Self { memo, vacant, frame, leader }
    }

    /// Counts the computation, before its body runs.
    pub(crate) fn begin(self) -> Self {
        self.memo.counts.misses.add(1);
        if self.leader.as_ref().is_some_and(Leader::is_relief) {
            self.memo.counts.relieved.add(1);
        }
        self
    }

    pub(crate) fn frame(&self) -> &Arc<Frame> {
        &self.frame
    }

    /// Does without the body: hands `entry`, which is stored, to all waiters, and returns it.
    pub(crate) fn publish(mut self, entry: Arc<Entry<K, V>>) -> Completed<Entry<K, V>> {
        let found = Completed { entry, outdated: false, since: self.frame.since() };
        if let Some(leader) = self.leader.take() {
            leader.publish(found.clone());
        }
        found
    }
}

impl<K: Eq, V: Value> Computation<K, V> {
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
        // Values may be freed on the way, and their destructors may call: see `Miss::lead`.
        let _scope = context::enter(&self.frame);
        // 1. A value that is computed with this one may not outlive it, stored or not.
        let config = &self.memo.config;
        if let Some(ttl) = config.ttl {
            self.frame
                .note(|dependencies| dependencies.keep_until(Instant::now().checked_add(ttl)));
        }
        // 2. Errors are not stored.
        let value = match S::split(returned) {
            Ok(value) => value,
            Err(returned) => {
                self.memo.counts.errors.add(1);
                if let Some(leader) = &mut self.leader {
                    leader.note_failure();
                }
                return returned;
            }
        };
        // 3. It depends on its rows, too.
        if let Some(take) = config.rows {
            let mut late = self.frame.late();
            take(&value, &mut late);
            self.frame.note(|dependencies| dependencies.union(&late));
        }
        // 4. Store and hand over.
        if self.vacant.is_none() && self.leader.is_none() {
            return S::join(value);
        }
        S::join(self.keep(value, key))
    }

    fn keep(&mut self, value: V, key: K) -> V {
        let Findings { dependencies, outdated, deadline, since } = self.frame.findings();
        let config = &self.memo.config;
        // mutant: outdated-value-stored
        let valid = !outdated && dependencies.are_alive() && deadline.is_given_now();
        let wanted = config.cache_if.as_ref().is_none_or(|cache_if| cache_if(&key, &value));
        let entry = Arc::new(Entry::new(key, value, dependencies, deadline, config.idle));
        // Of several bodies one stores, and answers all. The value of another serves its own caller, and the
        // calls that wait only if the first is lost.
        // mutant: leader-replaces-relief
        let wins = valid && self.leader.as_mut().is_none_or(Leader::win);
        // Inserted before the flight ends, so that a call finds the entry or the flight.
        // mutant: flight-ends-before-insert-2
        match self.vacant {
            Some(vacant) if wins && wanted && config.stores() => self.memo.insert(vacant, &entry),
            _ => self.memo.counts.unstored.add(1),
        }
        // mutant: flight-ends-before-insert
        if let Some(leader) = self.leader.take() {
            leader.complete(Completed { entry: Arc::clone(&entry), outdated, since });
        }
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
    }
}
