//! The places of a near table: what a thread has at hand of one memo.
//!
//! An entry may lie in one of two pairs of places, each mostly a line of the processor's cache. A place holds
//! the entry and its [`Face`], so that a hit of plain data goes to the first pair and mostly no further.

use crate::cache::compact_epoch::{Horizon, Mark};
use crate::cache::entry::{Entry, Freshness};
use crate::cache::inlined::Face;
use crate::cache::is_enabled;
use crate::generations::epoch;
use crate::hashing::QuickHasher;
use crate::key::KeyRef;
use crate::sync::Arc;
use smallvec::SmallVec;
use std::any::Any;
use std::cell::Cell;
use std::hash::{BuildHasher, Hasher};

/// How many places there are at most. There are [`FEWEST`] at first, and they double while they are too few
/// for what the thread uses, and fewer than half as many again as the memo has entries.
pub(crate) const MOST: usize = 262_144;

const FEWEST: usize = 8;

/// They may be too few when this part of as many entries as there are places found theirs taken.
const CROWDED: usize = 16;

/// Of how many entries that find their places taken one gets in, once there are as many as there may be:
/// where more is in use than fits, to admit all of it costs more than it brings.
const STUBBORN: usize = 16;

const PAIR: usize = 2;

/// What it is to look at a living entry, as housekeeping counts it: an empty pair is one.
const LIVING: usize = 8;

/// What is dead, to be dropped where the user's destructors may run.
pub(crate) type Dead = SmallVec<[Arc<dyn Any>; 4]>;

/// What a thread has at hand of one memo.
pub(crate) struct Places<K, V, F> {
    /// None, or as many as a power of two.
    pairs: Vec<Pair<K, V, F>>,
    /// How many entries have found their places taken.
    conflicts: usize,
    /// At how many of them there may be too few places.
    crowded_at: usize,
    /// How many places there may be.
    most: usize,
    horizon: Horizon,
}

/// Two places.
#[repr(align(64))]
struct Pair<K, V, F> {
    /// Of what lies there, or lay there.
    hashes: [u32; PAIR],
    /// When what lies there was last seen alive.
    seen: [Cell<Mark>; PAIR],
    kept: [Option<Kept<K, V, F>>; PAIR],
}

/// What lies in a place.
pub(crate) struct Kept<K, V, F> {
    entry: Arc<Entry<K, V>>,
    face: F,
}

/// A place where something lies.
pub(crate) struct Place<'a, K, V, F> {
    kept: &'a Kept<K, V, F>,
    seen: &'a Cell<Mark>,
}

/// Where the entry of `query` may lie: a quick hash, which only decides how often entries are in each
/// other's way.
#[inline]
pub(crate) fn place_of(query: impl KeyRef) -> u32 {
    let mut hasher = QuickHasher::default().build_hasher();
    query.hash(&mut hasher);
    #[expect(clippy::cast_possible_truncation, reason = "more bits than there are places")]
    let hash = hasher.finish() as u32;
    hash
}

impl<K, V, F: Face<K, V>> Places<K, V, F> {
    /// At most so many places.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            pairs: Vec::new(),
            conflicts: 0,
            crowded_at: 0,
            most,
            horizon: Horizon::new(epoch()),
        }
    }

    /// How many places there are.
    pub(crate) fn len(&self) -> usize {
        self.pairs.len() * PAIR
    }

    /// The place of the entry that is looked for. The key itself decides; `hash` says where to look.
    #[inline]
    pub(crate) fn get(&self, hash: u32, query: impl KeyRef<Key = K>) -> Option<Place<'_, K, V, F>> {
        let [first, second] = self.pairs_of(hash);
        self.pairs.get(first)?.get(hash, query).or_else(|| self.pairs.get(second)?.get(hash, query))
    }

    /// Whether the entry in `place` may be served, as far as is known without a look at it.
    #[inline]
    pub(crate) fn is_seen_alive(&self, place: Place<'_, K, V, F>) -> bool {
        self.horizon.is_now(place.seen.get(), epoch())
    }

    /// Looks at the entry in `place`: whether its memo still has it, its generations and its time, and
    /// whether caching is on.
    #[inline]
    pub(crate) fn look(&self, place: Place<'_, K, V, F>) -> Option<Freshness> {
        // Read before all else: what ends the entry, or keeps it from being served, does so first and is
        // counted after, so a count that has it finds it so.
        // mutant: local-alive-at-later-epoch
        let now = epoch();
        let entry = place.entry();
        // mutant: local-served-while-off
        // mutant: local-served-after-eviction
        if !is_enabled() || !entry.is_listed() {
            return None;
        }
        let freshness = entry.freshness(entry.dependencies().are_alive_as_seen());
        // mutant: local-time-ignored
        if freshness == Freshness::Fresh && !entry.is_limited() {
            // mutant: local-alive-at-later-epoch-2
            place.seen.set(self.mark(now));
        }
        Some(freshness)
    }

    fn mark(&self, now: u64) -> Mark {
        self.horizon.mark(now).unwrap_or_else(|| {
            let seen = self.pairs.iter().flat_map(|pair| &pair.seen);
            seen.for_each(|seen| seen.set(Mark::NEVER));
            self.horizon.begin(now)
        })
    }

    /// Which pairs an entry of `hash` may lie in, by the low bits and by the high ones.
    #[inline]
    fn pairs_of(&self, hash: u32) -> [usize; 2] {
        let mask = self.pairs.len().wrapping_sub(1);
        [hash as usize & mask, hash.swap_bytes() as usize & mask]
    }

    /// Puts `entry` in one of its places, or not. It could be served when it was looked at after `epoch`
    /// were counted, if they were. `entries` says how many the memo has. Returns what it replaced, to be
    /// dropped elsewhere.
    pub(crate) fn admit(
        &mut self,
        hash: u32,
        entry: &Arc<Entry<K, V>>,
        face: F,
        epoch: Option<u64>,
        entries: impl FnOnce() -> usize,
    ) -> Vec<Kept<K, V, F>> {
        if self.most == 0 {
            return Vec::new();
        }
        let mut replaced = if self.pairs.is_empty() { self.grow() } else { Vec::new() };
        let mut vacancy = self.vacancy(hash);
        if vacancy.is_none() && self.is_crowded(entries) {
            replaced = self.grow();
            vacancy = self.vacancy(hash);
        }
        // Those who took the places are not looked at, dead or alive: that would cost more than the hit.
        let stubborn = self.conflicts.is_multiple_of(STUBBORN);
        let first = || stubborn.then(|| (self.pairs_of(hash)[0], 0));
        if let Some(place) = vacancy.or_else(first) {
            let epoch = epoch.filter(|_| !entry.is_limited());
            // mutant: local-inserted-validated
            let seen = epoch.map_or(Mark::NEVER, |epoch| self.mark(epoch));
            replaced.extend(self.put(place, hash, seen, Kept { entry: Arc::clone(entry), face }));
        }
        replaced
    }

    /// Notes that an entry found its places taken, and says whether there are to be more of them.
    fn is_crowded(&mut self, entries: impl FnOnce() -> usize) -> bool {
        self.conflicts += 1;
        let places = self.len();
        if self.conflicts < self.crowded_at || places >= self.most {
            return false;
        }
        self.crowded_at = self.conflicts + (places / CROWDED).max(STUBBORN);
        places < entries().saturating_mul(3) / 2
    }

    /// Where an entry of `hash` may be put without taking another's place: the pair, and the side of it.
    fn vacancy(&self, hash: u32) -> Option<(usize, usize)> {
        let pairs = self.pairs_of(hash);
        let sides = || pairs.into_iter().flat_map(|pair| (0..PAIR).map(move |side| (pair, side)));
        // Where it lay before: of a hash on both sides of a pair, only the first would be found.
        let own = sides().find(|&(pair, side)| self.pairs[pair].hashes[side] == hash);
        own.or_else(|| sides().find(|&(pair, side)| self.pairs[pair].kept[side].is_none()))
    }

    fn put(
        &mut self,
        (pair, side): (usize, usize),
        hash: u32,
        seen: Mark,
        kept: Kept<K, V, F>,
    ) -> Option<Kept<K, V, F>> {
        let pair = &mut self.pairs[pair];
        pair.hashes[side] = hash;
        pair.seen[side].set(seen);
        pair.kept[side].replace(kept)
    }

    /// Doubles the places. Returns what has found none.
    fn grow(&mut self) -> Vec<Kept<K, V, F>> {
        let pairs = (self.pairs.len() * 2).max(FEWEST / PAIR);
        let new = std::iter::repeat_with(Pair::new).take(pairs).collect();
        let old = std::mem::replace(&mut self.pairs, new);
        self.crowded_at = self.conflicts + (pairs * PAIR / CROWDED).max(STUBBORN);
        let mut left = Vec::new();
        for Pair { hashes, seen, kept } in old {
            for ((hash, seen), kept) in hashes.into_iter().zip(seen).zip(kept) {
                let Some(kept) = kept else { continue };
                match self.vacancy(hash) {
                    Some(place) => left.extend(self.put(place, hash, seen.get(), kept)),
                    None => left.push(kept),
                }
            }
        }
        left
    }
}

impl<K: 'static, V: 'static, F> Places<K, V, F> {
    /// Takes out what is dead among the next few places, from the pair `first` on, as far as `effort` goes, and
    /// says with which pair those behind them begin, if there are any.
    pub(crate) fn sweep(
        &mut self,
        first: usize,
        effort: &mut usize,
        dead: &mut Dead,
    ) -> Option<usize> {
        for (at, pair) in self.pairs.iter_mut().enumerate().skip(first) {
            if *effort == 0 {
                return Some(at);
            }
            *effort -= 1;
            for kept in &mut pair.kept {
                if let Some(kept) = kept.take_if(|kept| kept.is_dead()) {
                    dead.push(kept.entry);
                    *effort = effort.saturating_sub(1);
                } else if kept.is_some() {
                    *effort = effort.saturating_sub(LIVING);
                }
            }
        }
        None
    }
}

impl<K, V, F> Pair<K, V, F> {
    fn new() -> Self {
        Self {
            hashes: [0; PAIR],
            seen: [const { Cell::new(Mark::NEVER) }; PAIR],
            kept: [const { None }; PAIR],
        }
    }
}

impl<K, V, F: Face<K, V>> Pair<K, V, F> {
    #[inline]
    fn get(&self, hash: u32, query: impl KeyRef<Key = K>) -> Option<Place<'_, K, V, F>> {
        // Counted, not branched on: which side it is, no processor could guess.
        let side = usize::from(self.hashes[0] != hash);
        let kept = self.kept[side].as_ref()?;
        // A key that lies here is as near as its hash, unless it refers to something.
        let may = F::HAS_KEY || self.hashes[side] == hash;
        // mutant: hash-trusted-local
        let is = may && query.equivalent(kept.face.key(&kept.entry));
        is.then_some(Place { kept, seen: &self.seen[side] })
    }
}

impl<K, V, F> Kept<K, V, F> {
    fn is_dead(&self) -> bool {
        !self.entry.is_listed() || !self.entry.dependencies().are_alive()
    }
}

impl<K, V, F> Clone for Place<'_, K, V, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V, F> Copy for Place<'_, K, V, F> {}

impl<'a, K, V, F> Place<'a, K, V, F> {
    pub(crate) fn entry(self) -> &'a Arc<Entry<K, V>> {
        &self.kept.entry
    }
}

impl<'a, K, V, F: Face<K, V>> Place<'a, K, V, F> {
    #[inline]
    pub(crate) fn value(self) -> &'a V {
        self.kept.face.value(&self.kept.entry)
    }
}

#[cfg(all(test, not(gcache_model)))]
mod tests {
    use super::{FEWEST, MOST, Places, STUBBORN, place_of};
    use crate::cache::entry::Entry;
    use crate::cache::inlined::Bare;
    use crate::generations::{Deadline, Dependencies};
    use crate::sync::Arc;
    use smallvec::SmallVec;

    /// How many places there are once so many different entries were used, of a memo that has `entries`.
    fn places_after(uses: usize, most: usize, entries: usize) -> usize {
        let entry = Arc::new(Entry::new(
            7_u64,
            7_u64,
            Dependencies::new(SmallVec::new()),
            Deadline::default(),
            None,
        ));
        let mut places = Places::<_, _, Bare>::new(most);
        for hash in (0..u32::MAX).take(uses) {
            places.admit(hash.wrapping_mul(0x9E37_79B1), &entry, Bare, None, || entries);
        }
        places.len()
    }

    #[test]
    fn places_grow_with_what_is_used_and_what_there_is() {
        assert_eq!(places_after(0, MOST, 1_000), 0);
        assert_eq!(places_after(1, MOST, 1_000), FEWEST);
        assert_eq!(places_after(10_000, MOST, 1_000), 2_048);
        assert_eq!(places_after(10_000, 0, 1_000), 0);
        assert_eq!(places_after(4 * MOST, MOST, usize::MAX), MOST);
    }

    #[test]
    fn where_all_places_are_taken_one_in_a_few_gets_in() {
        let entry = |key: u64| {
            Arc::new(Entry::new(
                key,
                key,
                Dependencies::new(SmallVec::new()),
                Deadline::default(),
                None,
            ))
        };
        for keys in [5, 10, 20, 40, 85] {
            let mut places = Places::<_, _, Bare>::new(MOST);
            // Of a memo that has one entry, so that there are never more places than at first.
            for key in 0..keys {
                let hash = place_of(&key);
                let admitted = (0..=STUBBORN).any(|_| {
                    places.admit(hash, &entry(key), Bare, None, || 1);
                    places.get(hash, &key).is_some()
                });
                assert!(admitted, "{key} of {keys}");
            }
            assert_eq!(places.len(), FEWEST);
        }
    }

    #[test]
    fn a_pair_of_numbers_is_one_cache_line() {
        assert_eq!(size_of::<super::Pair<u64, u64, crate::cache::inlined::Copied<u64, u64>>>(), 64);
    }
}
