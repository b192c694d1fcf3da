//! How an entry is inserted and evicted: the map and the eviction policy in step.
//!
//! The policy inserts the slot, the entry is listed and put into the map, and the policy is asked once more. A slot that
//! is evicted in between is emptied by one thread or the other: no entry stays whose slot the policy does not contain.

use crate::cache::entry::Entry;
use crate::cache::map;
use crate::cache::memo::{Memo, Vacant};
use crate::cache::policy::Evicted;
use crate::config::Bound;
use crate::generations;
use crate::stats::Counts;
use crate::sync::{Arc, AtomicCount, Ordering};

/// How often an insertion that may have been meant by the sweep inserts its slot again.
const TRIES: usize = 8;

/// Counts the slots that the sweep removes from the policy: an insertion that finds its slot removed asks whether the
/// entry before it was meant.
pub(super) struct Removals(AtomicCount);

/// In the count, a removal under way, below those that are done.
const UNDER_WAY: u64 = 1;
const DONE: u64 = 1 << 16;

impl Removals {
    pub(super) fn new() -> Self {
        Self(AtomicCount::new(0))
    }

    fn count(&self, remove: impl FnOnce()) {
        self.0.fetch_add(UNDER_WAY, Ordering::SeqCst);
        remove();
        self.0.fetch_add(DONE - UNDER_WAY, Ordering::SeqCst);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Whether any was under way when it was `before`, or since.
    fn are_any_since(&self, before: u64) -> bool {
        self.get() != before || !before.is_multiple_of(DONE)
    }
}

impl<K, V> Memo<K, V> {
    /// Removes the ended `entry` from `slot`, and its slot from the policy.
    pub(super) fn remove(&self, slot: u64, entry: &Arc<Entry<K, V>>) {
        if !self.entries.remove_this(slot, entry) {
            return;
        }
        self.forget(entry);
        if !self.policy.contains(slot) {
            return;
        }
        self.removals.count(|| self.policy.remove(slot));
        // Another may have been inserted there in between, whose slot the policy must contain.
        let weight =
            || self.entries.pin().get(slot).and_then(|another| self.list.weight_of(another));
        if let Some(weight_of_another) = weight() {
            // mutant: swept-slot-not-held
            self.admit(slot, weight_of_another);
            if weight().is_none() {
                self.removals.count(|| self.policy.remove(slot));
            }
        }
    }

    /// Inserts `slot` into the policy, which may evict others for it.
    fn admit(&self, slot: u64, weight: u64) {
        self.evict(&self.policy.insert(slot, weight));
    }

    /// Removes the entries of slots that the policy has evicted.
    pub(super) fn evict(&self, evicted: &[Evicted]) {
        for Evicted { slot, has_expired } in evicted {
            let entries = self.entries.pin();
            let Some(entry) = entries.get(*slot) else { continue };
            // It may have been inserted again since.
            // mutant: evicted-stays-readable
            if !self.policy.contains(*slot) && self.entries.remove_this(*slot, entry) {
                self.forget(entry);
                let Counts { expired, evicted, .. } = &self.counts;
                if *has_expired { expired } else { evicted }.add(1);
            }
        }
    }

    /// Marks an entry that was removed from the map.
    pub(super) fn forget(&self, entry: &Entry<K, V>) {
        let has_ended = !entry.dependencies().are_alive();
        if has_ended {
            generations::note_entry_freed();
        }
        entry.mark_removed(has_ended);
        self.list.remove(entry);
    }
}

impl<K: Eq, V> Memo<K, V> {
    /// Stores the entry of the key that [`get`](Self::get) returned `vacant` for, and opens it to hits.
    pub(crate) fn insert(&self, vacant: Vacant, entry: &Arc<Entry<K, V>>) {
        let weight = match &self.config.bound {
            Bound::Entries(_) => 1,
            Bound::Weight { max, weigh } => {
                // An entry without weight takes room, too.
                let weight = weigh(entry.key(), entry.value()).max(1);
                if weight > *max {
                    return self.counts.unstored.add(1);
                }
                weight
            }
        };
        let (slot, is_taken) = self.free_slot(vacant.hash, entry.key());
        if !is_taken && self.is_full() && generations::is_any_unswept() {
            // Ended entries make room first. An entry that replaces another needs none.
            self.sweep_for_room();
        }
        // A key that is missed again and again must come to be worth a slot.
        self.record_access(slot);
        let mut removals = self.removals.get();
        self.admit(slot, weight);
        // Listed before it can be found: the thread that removes it strikes it off the list.
        self.list.add(entry, slot, weight);
        if let Some(replaced) = self.entries.insert(slot, Arc::clone(entry)) {
            self.forget(&replaced);
        }
        self.make_room();
        // The sweep may have meant the entry that was there before.
        let mut is_contained = self.policy.contains(slot);
        for _ in 0..TRIES {
            // mutant: swept-slot-given-up
            if is_contained || !self.removals.are_any_since(removals) {
                break;
            }
            removals = self.removals.get();
            self.admit(slot, weight);
            is_contained = self.policy.contains(slot);
        }
        // The policy may have evicted the slot before there was an entry in it to remove.
        // mutant: evicted-while-inserted-stays
        if !is_contained && self.entries.remove_this(slot, entry) {
            self.forget(entry);
        }
        // An entry that ended before it was listed is counted already, and may lie behind the sweep.
        // mutant: ended-before-insert-stays
        if !entry.dependencies().are_alive() {
            self.remove(slot, entry);
        }
    }

    /// Makes the policy evict now the slots that it would evict in passing, where that matters: of heavy values a few
    /// are too many, and of entries an eighth.
    fn make_room(&self) {
        match self.config.bound {
            Bound::Entries(max) => {
                let len = self.entries.len() as u64;
                self.records_accesses.store(self.config.asks_for_uses(len), Ordering::Relaxed);
                if len > max.saturating_add(max / 8) {
                    self.evict(&self.policy.run_pending());
                }
            }
            Bound::Weight { .. } => {
                self.evict(&self.policy.run_pending());
                if map::held_back() > 0 {
                    map::flush();
                }
            }
        }
    }

    /// Whether there is no room for one more, as far as is known: only the policy knows weights.
    fn is_full(&self) -> bool {
        match self.config.bound {
            Bound::Entries(max) => self.entries.len() as u64 >= max,
            Bound::Weight { .. } => true,
        }
    }

    /// The slot for the entry of `key`: where one of that key lies, else the first without a living entry. Says also
    /// whether an entry lies there.
    fn free_slot(&self, hash: u64, key: &K) -> (u64, bool) {
        let entries = self.entries.pin();
        let mut free = None;
        let mut neighbours = 0;
        for slot in self.slots(hash) {
            neighbours += 1;
            match entries.get(slot) {
                Some(entry) if entry.key() == key => return (slot, true),
                Some(entry) if entry.dependencies().are_alive() => {}
                found => free = free.or(Some((slot, found.is_some()))),
            }
        }
        free.unwrap_or_else(|| {
            // One key more of a hash than ever before.
            self.neighbours.fetch_max(neighbours + 1, Ordering::AcqRel);
            (hash.wrapping_add(neighbours), false)
        })
    }
}
