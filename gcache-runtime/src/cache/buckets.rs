//! A set-associative cache: the entries of one memo that a thread holds.
//!
//! An entry may lie in one of two sets of two ways each. A set is mostly one line of the processor's cache. A way
//! holds a [`Resident`], which may have all that a hit reads: then it is one line.
//!
//! Of the entries that find their ways taken, one in a few gets in. Their number says when there are too few ways; how
//! many there may be is for `growth` to say.

use crate::cache::entry::{Entry, Freshness};
use crate::cache::is_enabled;
use crate::cache::resident::{CompactEpoch, Found, Resident, Set, WAYS};
use crate::generations::epoch;
use crate::hashing::QuickHasher;
use crate::key::KeyRef;
use crate::links;
use crate::sync::Arc;
use smallvec::SmallVec;
use std::any::Any;
use std::cell::Cell;
use std::hash::{BuildHasher, Hasher};

/// How many sets there are at first. They double while they are too few for the entries that the thread uses.
const FEWEST: usize = 4;

/// In how many sets next to each other both sets of an entry lie: those of one page of memory, so that a look at both
/// is one look into the page table.
const NEAR: usize = 64;

/// There may be too few ways when this part of as many entries as there are ways found theirs taken.
const CROWDED: usize = 16;

/// Of how many entries that find their ways taken one gets in: where more is in use than fits, to admit all of it costs
/// more than it brings.
const STUBBORN: usize = 16;

/// After how many entries that found their ways taken a table at least asks for more again, where there was no room.
const PUT_OFF: usize = 256;

/// The effort of a look at a living entry, for a sweep: an empty set is one.
const LIVING: usize = 8;

/// The entries of one memo that a thread holds.
pub(super) struct Buckets<R: Resident> {
    /// None, or as many as a power of two.
    sets: Vec<Set<R>>,
    /// How many entries have found their ways taken.
    conflicts: usize,
    /// At how many conflicts there may be too few ways.
    crowded_at: usize,
    /// The epoch that [`CompactEpoch`]s are counted from: it has passed.
    base: Cell<u64>,
}

/// Entries that left the buckets, to be dropped outside of the borrow of the thread's caches, since destructors are the
/// user's.
pub(super) type Left = SmallVec<[Arc<dyn Any>; 4]>;

/// There may be too few ways.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Crowded;

/// A quick hash of a key. It finds the sets of the key, and decides only how often entries are in each other's way.
#[inline]
pub(super) fn quick_hash(query: impl KeyRef) -> u32 {
    let mut hasher = QuickHasher::default().build_hasher();
    query.hash(&mut hasher);
    #[expect(clippy::cast_possible_truncation, reason = "more bits than there are ways")]
    let hash = hasher.finish() as u32;
    hash
}

impl<R: Resident> Buckets<R> {
    pub(super) fn new() -> Self {
        let base = Cell::new(epoch().wrapping_sub(1));
        Self { sets: Vec::new(), conflicts: 0, crowded_at: 0, base }
    }

    /// How many bytes the sets take.
    pub(super) fn bytes(&self) -> usize {
        self.sets.len() * size_of::<Set<R>>()
    }

    /// How many bytes more they take once they have grown.
    pub(super) fn growth(&self) -> usize {
        self.sets.len().max(FEWEST) * size_of::<Set<R>>()
    }

    /// The resident of a key, and the epoch at which it was last found valid. The key itself decides; `hash` says
    /// where to look.
    #[inline]
    pub(super) fn get(&self, hash: u32, query: impl KeyRef<Key = R::Key>) -> Found<'_, R> {
        let [first, second] = self.sets_of(hash);
        self.sets.get(first)?.get(hash, query).or_else(|| self.sets.get(second)?.get(hash, query))
    }

    /// Puts an entry in one of its ways, or not. It was found valid after `epoch` was read. `entries` counts those of
    /// the memo. Returns what it replaced, to be dropped elsewhere.
    ///
    /// # Errors
    ///
    /// There may be too few ways. Once they have grown or not, the entry may be put in again.
    pub(super) fn insert(
        &mut self,
        hash: u32,
        entry: &Arc<Entry<R::Key, R::Value>>,
        epoch: u64,
        entries: impl FnOnce() -> usize,
    ) -> Result<Option<R>, Crowded> {
        let way = match self.vacancy(hash) {
            None => self.stubborn_way(hash, entries)?,
            vacancy => vacancy,
        };
        let Some(way) = way else { return Ok(None) };
        // mutant: local-inserted-validated
        let validated = if entry.is_limited() { CompactEpoch::NEVER } else { self.compact(epoch) };
        Ok(self.put(way, hash, validated, R::new(entry)))
    }

    /// Counts an entry that found its ways taken. One in a few may take a way all the same: the resident is not looked
    /// at, dead or alive, which would cost more than the hit.
    fn stubborn_way(
        &mut self,
        hash: u32,
        entries: impl FnOnce() -> usize,
    ) -> Result<Option<(usize, usize)>, Crowded> {
        self.conflicts += 1;
        let ways = self.sets.len() * WAYS;
        if self.conflicts >= self.crowded_at {
            self.crowded_at = self.conflicts + (ways / CROWDED).max(STUBBORN);
            // More than half as many again as the memo has entries are never needed.
            if ways == 0 || ways < entries().saturating_mul(3) / 2 {
                return Err(Crowded);
            }
        }
        let gets_in = ways > 0 && self.conflicts.is_multiple_of(STUBBORN);
        Ok(gets_in.then(|| (self.sets_of(hash)[0], 0)))
    }

    /// Asks for no more ways for a while, since there was no room.
    pub(super) fn put_off_growth(&mut self) {
        self.crowded_at = self.conflicts + (self.sets.len() * WAYS).max(PUT_OFF);
    }

    /// The way, by set and number, where an entry of `hash` replaces no other.
    fn vacancy(&self, hash: u32) -> Option<(usize, usize)> {
        if self.sets.is_empty() {
            return None;
        }
        let mut vacancy = None;
        for at in self.sets_of(hash) {
            let set = &self.sets[at];
            for way in 0..WAYS {
                // Where it lay before: of a hash in both ways of a set, only the first would be found.
                if set.hashes[way] == hash {
                    return Some((at, way));
                }
                if vacancy.is_none() && set.residents[way].is_none() {
                    vacancy = Some((at, way));
                }
            }
        }
        vacancy
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

    /// Doubles the sets.
    pub(super) fn grow(&mut self, left: &mut Left) {
        self.resize((self.sets.len() * 2).max(FEWEST), left);
    }

    /// Halves the sets, or gives up the last ones.
    pub(super) fn shrink(&mut self, left: &mut Left) {
        let half = self.sets.len() / 2;
        self.resize(if half < FEWEST { 0 } else { half }, left);
    }

    fn resize(&mut self, sets: usize, left: &mut Left) {
        let mut new = Vec::with_capacity(sets);
        while new.len() < sets {
            new.push(Set::new());
        }
        let old = std::mem::replace(&mut self.sets, new);
        self.crowded_at = self.conflicts + (sets * WAYS / CROWDED).max(STUBBORN);
        for mut set in old {
            for way in 0..WAYS {
                let Some(resident) = set.residents[way].take() else { continue };
                let (hash, validated) = (set.hashes[way], set.validated[way].get());
                let without_way = match self.vacancy(hash) {
                    Some(way) => self.put(way, hash, validated, resident),
                    None => Some(resident),
                };
                if let Some(resident) = without_way {
                    left.push(resident.entry().clone() as Arc<dyn Any>);
                }
            }
        }
    }

    /// Takes dead entries out of the next few sets, from `first` on, as far as `effort` goes. Returns the set to go
    /// on with, if there is one.
    pub(super) fn sweep(
        &mut self,
        first: usize,
        effort: &mut usize,
        left: &mut Left,
    ) -> Option<usize> {
        for at in first..self.sets.len() {
            if *effort == 0 {
                return Some(at);
            }
            *effort -= 1;
            for way in &mut self.sets[at].residents {
                let Some(resident) = way else { continue };
                let is_dead = resident.entry().is_dead();
                if is_dead {
                    left.push(resident.entry().clone() as Arc<dyn Any>);
                    *way = None;
                }
                *effort = effort.saturating_sub(if is_dead { 1 } else { LIVING });
            }
        }
        None
    }

    /// Whether an entry was last `validated` at this very epoch.
    #[inline]
    pub(super) fn is_valid(&self, validated: &Cell<CompactEpoch>) -> bool {
        validated.get().is(epoch(), self.base.get())
    }

    /// Validates an entry again, and notes the epoch in `validated`. `None` where caching is off or the memo has removed
    /// the entry, else what its generations and its limits in time say.
    #[inline]
    pub(super) fn revalidate(
        &self,
        entry: &Entry<R::Key, R::Value>,
        validated: &Cell<CompactEpoch>,
    ) -> Option<Freshness> {
        // Read before all else: an entry that ends, or may not be served any more, is marked first and counted after,
        // so an epoch that counts the mark finds it.
        // mutant: local-alive-at-later-epoch
        let now = epoch();
        let guarded = links::check_leases();
        // mutant: local-served-while-off
        // mutant: local-served-after-eviction
        if !is_enabled() || entry.is_removed() {
            return None;
        }
        let freshness = entry.freshness(entry.dependencies().are_alive());
        // mutant: guarded-hit-noted-2
        // mutant: local-time-ignored
        if freshness == Freshness::Fresh && !entry.is_limited() && !guarded {
            // mutant: local-alive-at-later-epoch-2
            validated.set(self.compact(now));
        }
        Some(freshness)
    }

    /// `epoch` in four bytes. Where it is too far from the base, it becomes the first of a new one.
    fn compact(&self, epoch: u64) -> CompactEpoch {
        CompactEpoch::new(epoch, self.base.get()).unwrap_or_else(|| {
            for set in &self.sets {
                for word in &set.validated {
                    word.set(CompactEpoch::NEVER);
                }
            }
            self.base.set(epoch.wrapping_sub(1));
            CompactEpoch::FIRST
        })
    }

    /// The sets that may hold an entry of `hash`: by its low bits, and one near to that by its high ones.
    #[inline]
    fn sets_of(&self, hash: u32) -> [usize; 2] {
        let mask = self.sets.len().wrapping_sub(1);
        let first = hash as usize & mask;
        [first, first ^ (hash.swap_bytes() as usize & mask & (NEAR - 1))]
    }
}

#[cfg(all(test, not(gcache_model)))]
mod tests {
    use super::{Buckets, Crowded, FEWEST, Left, STUBBORN, WAYS, quick_hash};
    use crate::cache::entry::Entry;
    use crate::cache::resident::Indirect;
    use crate::generations::{Deadline, Dependencies};
    use crate::sync::Arc;
    use smallvec::SmallVec;

    type Numbers = Buckets<Indirect<u64, u64>>;

    fn entry(key: u64) -> Arc<Entry<u64, u64>> {
        let dependencies = Dependencies::new(SmallVec::new());
        Arc::new(Entry::new(key, key, dependencies, Deadline::default(), None))
    }

    /// Puts an entry in, of a memo that has `entries`, and grows where that asks for it. Says whether it got in.
    fn put(buckets: &mut Numbers, key: u64, entries: usize) -> bool {
        let hash = quick_hash(&key);
        let entry = entry(key);
        if buckets.insert(hash, &entry, 0, || entries).err() == Some(Crowded) {
            buckets.grow(&mut Left::new());
            buckets.insert(hash, &entry, 0, || entries).ok();
        }
        buckets.get(hash, &key).is_some()
    }

    /// How many ways there are once so many different entries were used, of a memo that has `entries`.
    fn ways_after(uses: u64, entries: usize) -> usize {
        let mut buckets = Buckets::new();
        (0..uses).for_each(|key| {
            put(&mut buckets, key, entries);
        });
        buckets.sets.len() * WAYS
    }

    #[test]
    fn ways_grow_with_the_entries_that_are_used_and_that_there_are() {
        assert_eq!(ways_after(0, 1_000), 0);
        assert_eq!(ways_after(1, 1_000), FEWEST * WAYS);
        assert_eq!(ways_after(10_000, 1_000), 2_048);
        assert!(ways_after(10_000, usize::MAX) >= 10_000);
    }

    #[test]
    fn nearly_all_entries_have_a_way_where_there_are_twice_as_many() {
        let mut buckets = Buckets::new();
        (0..2_000).for_each(|key| {
            put(&mut buckets, key % 1_000, 1_000);
        });
        let held = (0..1_000).filter(|key| buckets.get(quick_hash(key), key).is_some()).count();
        assert!(held > 950, "{held} of 1,000 in {} sets", buckets.sets.len());
    }

    #[test]
    fn what_has_no_way_in_fewer_sets_leaves() {
        let mut buckets = Buckets::new();
        let held = (0..1_000).filter(|&key| put(&mut buckets, key, 1_000)).count();
        let mut left = Left::new();
        while buckets.bytes() > 0 {
            buckets.shrink(&mut left);
        }
        assert!(left.len() >= held * 9 / 10, "{} of {held}", left.len());
        assert!((0..1_000).all(|key: u64| buckets.get(quick_hash(&key), &key).is_none()));
    }

    #[test]
    fn where_all_ways_are_taken_one_entry_in_a_few_gets_in() {
        for keys in [5, 10, 20, 40, 85] {
            let mut buckets = Buckets::new();
            // Of a memo that has one entry: there are never more ways than at first.
            for key in 0..keys {
                assert!((0..=STUBBORN).any(|_| put(&mut buckets, key, 1)), "{key} of {keys}");
            }
            assert_eq!(buckets.sets.len(), FEWEST);
        }
    }
}
