//! Which entries come into the buckets of a thread, how many ways there are, and how dead entries leave.

use crate::cache::buckets::{Buckets, CompactEpoch, Resident, Set, WAYS};
use crate::sync::Arc;
use smallvec::SmallVec;
use std::any::Any;

/// How many ways there are at most. There are [`FEWEST`] at first. They double while they are too few for the entries
/// that the thread uses, and fewer than half as many again as the memo has entries.
pub(super) const MOST: usize = 262_144;

const FEWEST: usize = 8;

/// There may be too few ways when this part of as many entries as there are ways found theirs taken.
const CROWDED: usize = 16;

/// Of how many entries that find their ways taken one gets in, once there are as many ways as there may be: where
/// more is in use than fits, to admit all of it costs more than it brings.
const STUBBORN: usize = 16;

/// The effort of a look at a living entry, for a sweep: an empty set is one.
const LIVING: usize = 8;

/// Dead entries, to be dropped outside of the borrow of the thread's cache, since destructors are the user's.
pub(super) type Dead = SmallVec<[Arc<dyn Any>; 4]>;

impl<R: Resident> Buckets<R> {
    /// How many ways there are.
    pub(super) fn len(&self) -> usize {
        self.sets.len() * WAYS
    }

    /// Puts a resident in one of its ways, or not. Its entry was found valid after `epoch` was read, if it was.
    /// `entries` counts the entries of the memo. Returns the residents that it replaced, to be dropped elsewhere.
    pub(super) fn insert(
        &mut self,
        hash: u32,
        resident: R,
        epoch: Option<u64>,
        entries: impl FnOnce() -> usize,
    ) -> Vec<R> {
        if self.most == 0 {
            return Vec::new();
        }
        let mut replaced = if self.sets.is_empty() { self.grow() } else { Vec::new() };
        let mut vacancy = self.vacancy(hash);
        if vacancy.is_none() && self.is_crowded(entries) {
            replaced = self.grow();
            vacancy = self.vacancy(hash);
        }
        // The residents that took the ways are not looked at, dead or alive: that would cost more than the hit.
        let stubborn = self.conflicts.is_multiple_of(STUBBORN);
        let first = || stubborn.then(|| (self.sets_of(hash)[0], 0));
        if let Some(way) = vacancy.or_else(first) {
            let epoch = epoch.filter(|_| !resident.entry().is_limited());
            // mutant: local-inserted-validated
            let validated = epoch.map_or(CompactEpoch::NEVER, |epoch| self.compact(epoch));
            replaced.extend(self.put(way, hash, validated, resident));
        }
        replaced
    }

    /// Counts an entry that found its ways taken, and says whether there are to be more of them.
    fn is_crowded(&mut self, entries: impl FnOnce() -> usize) -> bool {
        self.conflicts += 1;
        let ways = self.len();
        if self.conflicts < self.crowded_at || ways >= self.most {
            return false;
        }
        self.crowded_at = self.conflicts + (ways / CROWDED).max(STUBBORN);
        ways < entries().saturating_mul(3) / 2
    }

    /// The way, by set and number, where an entry of `hash` replaces no other.
    fn vacancy(&self, hash: u32) -> Option<(usize, usize)> {
        let sets = self.sets_of(hash);
        let ways = || sets.into_iter().flat_map(|set| (0..WAYS).map(move |way| (set, way)));
        // Where it lay before: of a hash in both ways of a set, only the first would be found.
        let own = ways().find(|&(set, way)| self.sets[set].hashes[way] == hash);
        own.or_else(|| ways().find(|&(set, way)| self.sets[set].residents[way].is_none()))
    }

    fn put(
        &mut self,
        (set, way): (usize, usize),
        hash: u32,
        validated: CompactEpoch,
        resident: R,
    ) -> Option<R> {
        let set = &mut self.sets[set];
        set.hashes[way] = hash;
        set.validated[way].set(validated);
        set.residents[way].replace(resident)
    }

    /// Doubles the ways. Returns the residents that have found none.
    fn grow(&mut self) -> Vec<R> {
        let sets = (self.sets.len() * 2).max(FEWEST / WAYS);
        let new = std::iter::repeat_with(Set::new).take(sets).collect();
        let old = std::mem::replace(&mut self.sets, new);
        self.crowded_at = self.conflicts + (sets * WAYS / CROWDED).max(STUBBORN);
        let mut left = Vec::new();
        for Set { hashes, validated, residents } in old {
            for ((hash, validated), resident) in hashes.into_iter().zip(validated).zip(residents) {
                let Some(resident) = resident else { continue };
                match self.vacancy(hash) {
                    Some(way) => left.extend(self.put(way, hash, validated.get(), resident)),
                    None => left.push(resident),
                }
            }
        }
        left
    }

    /// Takes dead entries out of the next few sets, from `first` on, as far as `effort` goes. Returns the set to go
    /// on with, if there is one.
    pub(super) fn sweep(
        &mut self,
        first: usize,
        effort: &mut usize,
        dead: &mut Dead,
    ) -> Option<usize> {
        for (at, set) in self.sets.iter_mut().enumerate().skip(first) {
            if *effort == 0 {
                return Some(at);
            }
            *effort -= 1;
            for way in &mut set.residents {
                if let Some(resident) = way.take_if(|resident| resident.entry().is_dead()) {
                    dead.push(Arc::clone(resident.entry()) as Arc<dyn Any>);
                    *effort = effort.saturating_sub(1);
                } else if way.is_some() {
                    *effort = effort.saturating_sub(LIVING);
                }
            }
        }
        None
    }
}

#[cfg(all(test, not(gcache_model)))]
mod tests {
    use super::{Buckets, FEWEST, MOST, Resident as _, STUBBORN};
    use crate::cache::buckets::{Indirect, quick_hash};
    use crate::cache::entry::Entry;
    use crate::generations::{Deadline, Dependencies};
    use crate::sync::Arc;
    use smallvec::SmallVec;

    fn resident(key: u64) -> Indirect<u64, u64> {
        let dependencies = Dependencies::new(SmallVec::new());
        let entry = Entry::new(key, key, dependencies, Deadline::default(), None);
        Indirect::new(&Arc::new(entry))
    }

    /// How many ways there are once so many different entries were used, of a memo that has `entries`.
    fn ways_after(uses: usize, most: usize, entries: usize) -> usize {
        let mut buckets = Buckets::new(most);
        let one = resident(7);
        for hash in (0..u32::MAX).take(uses) {
            let same = Indirect::new(one.entry());
            buckets.insert(hash.wrapping_mul(0x9E37_79B1), same, None, || entries);
        }
        buckets.len()
    }

    #[test]
    fn ways_grow_with_the_entries_that_are_used_and_that_there_are() {
        assert_eq!(ways_after(0, MOST, 1_000), 0);
        assert_eq!(ways_after(1, MOST, 1_000), FEWEST);
        assert_eq!(ways_after(10_000, MOST, 1_000), 2_048);
        assert_eq!(ways_after(10_000, 0, 1_000), 0);
        assert_eq!(ways_after(4 * MOST, MOST, usize::MAX), MOST);
    }

    #[test]
    fn where_all_ways_are_taken_one_entry_in_a_few_gets_in() {
        for keys in [5, 10, 20, 40, 85] {
            let mut buckets = Buckets::new(MOST);
            // Of a memo that has one entry: there are never more ways than at first.
            for key in 0..keys {
                let hash = quick_hash(&key);
                let admitted = (0..=STUBBORN).any(|_| {
                    buckets.insert(hash, resident(key), None, || 1);
                    buckets.get(hash, &key).is_some()
                });
                assert!(admitted, "{key} of {keys}");
            }
            assert_eq!(buckets.len(), FEWEST);
        }
    }
}
