//! How an entry is inserted, promoted and evicted: the map, the slot list and the eviction policy in step.
//!
//! Room is reserved in the list, the entry is put into the map and listed, and once it is promoted the policy is told.
//! A slot that the policy has evicted is emptied if a promoted entry lies in it. So no entry stays promoted whose slot
//! the policy does not contain, and there are never more entries than the capacity.

use crate::cache::entry::{Entry, Freshness};
use crate::cache::map;
use crate::cache::memo::{Memo, Vacant};
use crate::cache::policy::Evicted;
use crate::cache::slot_list::Reservation;
use crate::cache::window::USES;
use crate::generations;
use crate::stats::Counts;
use crate::sync::{Arc, Ordering};
use std::ops::Deref;

/// How many entries an insertion promotes, at most, so that it does not take long: where as many have been used, the next
/// one goes though it was.
const PROMOTIONS: u64 = 64;

impl<K, V> Memo<K, V> {
    /// Removes `entry` from `slot`, and its slot from the policy. Says whether it was there.
    pub(super) fn remove(&self, slot: u64, entry: &Arc<Entry<K, V>>) -> bool {
        let removed = self.entries.remove_this(slot, entry);
        if removed {
            self.forget(entry);
            if entry.is_promoted() {
                self.release(slot);
            }
        }
        removed
    }

    /// Removes `slot` from the policy: its entry was removed.
    fn release(&self, slot: u64) {
        while self.policy.contains(slot) {
            self.policy.remove(slot);
            // Another may have been promoted there in between, whose slot the policy must contain.
            let entries = self.entries.pin();
            let another = entries.get(slot).filter(|another| another.is_promoted());
            let Some(another) = another else { return };
            let Some(weight) = self.list.weight_of(another) else { return };
            // mutant: swept-slot-not-held
            self.evict(&self.policy.insert(slot, weight));
            if !another.is_removed() {
                return;
            }
        }
    }

    /// Tells the policy of `entry`, which is promoted. The policy may evict others for it, or itself.
    fn admit(&self, slot: u64, weight: u64, entry: &Entry<K, V>) {
        self.evict(&self.policy.insert(slot, weight));
        // The thread that has removed it since may not have found its slot there.
        // mutant: removed-slot-stays
        if entry.is_removed() {
            self.release(slot);
        }
    }

    /// Removes the entries of slots that the policy has evicted.
    pub(super) fn evict(&self, evicted: &[Evicted]) {
        for Evicted { slot, has_expired } in evicted {
            let entries = self.entries.pin();
            // A young one has come after the one that was evicted: the policy has not been told of it.
            let Some(entry) = entries.get(*slot).filter(|entry| entry.is_promoted()) else {
                continue;
            };
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

    /// Reserves room for `entry`, which is about to be put into `slot`, and says whether there is any.
    fn reserve(&self, slot: u64, entry: &Entry<K, V>) -> bool {
        if self.is_full() && generations::is_any_unswept() {
            // Ended entries make room first.
            self.sweep_for_room();
        }
        let (mut evicted, mut is_behind) = (None, true);
        let mut promotions = self.policy.max().min(PROMOTIONS);
        loop {
            match self.list.reserve(slot, evicted.take()) {
                Reservation::Reserved { recalled } => {
                    // What is missed again and again must come to be worth its room.
                    if recalled {
                        entry.note_uses(USES);
                    }
                    return true;
                }
                Reservation::Turn { index, slot } => {
                    evicted = self.take_turn(index, slot, &mut promotions);
                }
                Reservation::Full if is_behind => {
                    self.evict(&self.policy.run_pending());
                    is_behind = false;
                }
                Reservation::Full => return false,
            }
        }
    }

    /// Whether there is no room for one more, as far as is known: only the policy knows weights.
    fn is_full(&self) -> bool {
        self.config.weigh.is_some() || self.entries.len() as u64 >= self.config.max
    }

    /// Promotes the young entry at `index` of the slot list, whose turn it is, or removes it. Returns the slot of one
    /// that was evicted.
    pub(super) fn take_turn(&self, index: u32, slot: u64, promotions: &mut u64) -> Option<u64> {
        let entries = self.entries.pin();
        let entry = entries.get(slot).filter(|entry| entry.index() == Some(index))?;
        // mutant: ended-is-promoted
        if let Some(end) = Self::end_of(entry) {
            self.count_end(entry, end);
            self.remove(slot, entry);
            return None;
        }
        if *promotions > 0
            && let Some(is_behind) = self.list.promote(entry)
        {
            *promotions -= 1;
            self.records_accesses.store(true, Ordering::Relaxed);
            self.admit(slot, 1, entry);
            if is_behind {
                self.evict(&self.policy.run_pending());
            }
            return None;
        }
        // Another thread with the same turn may have promoted it.
        // mutant: turn-evicts-nothing
        self.remove(slot, entry).then(|| {
            self.counts.evicted.add(1);
            slot
        })
    }

    /// In which way `entry` has ended, if it has.
    pub(super) fn end_of(entry: &Entry<K, V>) -> Option<Freshness> {
        if !entry.dependencies().are_alive() {
            return Some(Freshness::Ended);
        }
        entry.is_over().then_some(Freshness::Expired)
    }
}

impl<K: Eq, V> Memo<K, V> {
    /// Stores the entry of the key that [`get`](Self::get) returned `vacant` for, and opens it to hits.
    pub(crate) fn insert(&self, vacant: Vacant, entry: &Arc<Entry<K, V>>) {
        // An entry without weight takes room, too.
        let weigh = self.config.weigh.as_ref();
        let weight = weigh.map_or(1, |weigh| weigh(entry.key(), entry.value()).max(1));
        if weight > self.config.max {
            return self.counts.unstored.add(1);
        }
        let (slot, is_taken) = self.free_slot(vacant.hash, entry.key());
        // An entry that replaces another needs no room. The one that was there may be gone, and its room given to another.
        let mut replaced = if is_taken { self.entries.replace(slot, entry) } else { None };
        let reserved = replaced.is_none();
        if reserved {
            // Before it is put into the map: put first, it would be one more than the capacity for a moment.
            // mutant: room-reserved-late
            if !self.reserve(slot, entry) {
                return self.counts.evicted.add(1);
            }
            // mutant: room-reserved-late-2
            replaced = self.entries.insert(slot, Arc::clone(entry));
        }
        if replaced.is_some() {
            entry.note_uses(1);
        }
        self.list.add(entry, slot, weight, replaced.as_deref().map(Deref::deref), reserved);
        let was_promoted = replaced.is_some_and(|replaced| {
            self.forget(&replaced);
            replaced.is_promoted()
        });
        if entry.is_promoted() {
            self.admit(slot, weight, entry);
        } else if was_promoted {
            // The entry was removed before it was listed, and has inherited nothing.
            self.release(slot);
        }
        self.make_room();
        // An entry that ended before it was listed is counted already, and may lie behind the sweep.
        // mutant: ended-before-insert-stays
        if !entry.dependencies().are_alive() {
            self.remove(slot, entry);
        }
    }

    /// Makes a policy that no window stands before evict now what it would evict in passing, where that matters: of heavy
    /// values a few are too many, and of entries an eighth.
    fn make_room(&self) {
        let max = self.config.max;
        if self.config.weigh.is_some() {
            self.evict(&self.policy.run_pending());
            if map::held_back() > 0 {
                map::flush();
            }
        } else if self.config.window().is_none()
            && self.entries.len() as u64 > max.saturating_add(max / 8)
        {
            self.evict(&self.policy.run_pending());
        }
    }

    /// The slot for the entry of `key`: where one of that key lies, else the first without a living entry. Says also
    /// whether an entry lies there.
    fn free_slot(&self, hash: u64, key: &K) -> (u64, bool) {
        let entries = self.entries.pin();
        let mut free = None;
        let neighbours = self.neighbours();
        for step in 0..neighbours {
            let slot = hash.wrapping_add(step);
            match entries.get(slot) {
                Some(entry) if entry.key() == key => return (slot, true),
                Some(entry) if entry.dependencies().are_alive() => {}
                found if free.is_none() => free = Some((slot, found.is_some())),
                _ => {}
            }
        }
        if let Some(free) = free {
            return free;
        }
        // One key more of a hash than ever before.
        self.neighbours.fetch_max(neighbours + 1, Ordering::AcqRel);
        (hash.wrapping_add(neighbours), false)
    }
}
