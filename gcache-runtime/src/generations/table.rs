//! The roll: living generations by key.
//!
//! A place in the roll is the hash of a key. It holds all keys of that hash, so that `Eq` decides and
//! many keys of one hash are slow but no danger. What a place holds is replaced as a whole, so no user
//! code runs under a lock.
//!
//! Two rules keep an invalidation from missing a generation that an entry uses: a generation is flagged as
//! ended before it leaves the roll, and an ended one that is found there is never handed out.
//!
//! A hit never looks here, so the places lie in tables under locks, each held for one look or change, and
//! now and then while it is swept. An invalidation only sets the flag: what has ended lies in its place until the key
//! is used again, or until its table is swept.

use crate::catch_drop::DropGuard;
use crate::clock::Timestamp;
use crate::generations::backlog;
use crate::generations::generation::Generation;
use crate::hashing::{IdentityHasher, KeyHasher};
use crate::sync::{Arc, Mutex, hold, holders};
use smallvec::SmallVec;
use std::collections::HashMap;
use std::hash::Hash;
use std::ops::DerefMut;

/// Live generations by key.
pub(crate) struct GenerationTable<K> {
    hasher: KeyHasher,
    shards: [Mutex<Shard<K>>; SHARDS],
}

struct Shard<K> {
    places: HashMap<u64, Arc<Place<K>>, IdentityHasher>,
    /// At this many places, those that nothing uses are swept.
    sweep_at: usize,
    /// What is held lasts for one execution.
    #[cfg(gcache_model)]
    execution: u64,
}

/// Over how many locks the places are spread: one in the model check, which has few keys.
const SHARDS: usize = if cfg!(gcache_model) { 1 } else { 16 };

/// The keys of one hash: nearly always one.
type Place<K> = SmallVec<[Live<K>; 1]>;

#[derive(Clone)]
struct Live<K> {
    key: DropGuard<K>,
    generation: Arc<Generation>,
}

/// Below this many places a shard is not swept.
const SWEEP_FROM: usize = if cfg!(gcache_model) { 4 } else { 16 };

impl<K: Clone + Hash + Eq> GenerationTable<K> {
    pub(crate) fn new() -> Self {
        // The model check wants the places of a shard in the same order each time.
        let hasher =
            if cfg!(gcache_model) { KeyHasher::with_seeds(1, 2, 3, 4) } else { KeyHasher::new() };
        Self { hasher, shards: std::array::from_fn(|_| Mutex::new(Shard::new())) }
    }

    fn shard(&self, hash: u64) -> impl DerefMut<Target = Shard<K>> {
        // Not the bits that the table itself goes by.
        let shard =
            usize::try_from((hash >> 40) % SHARDS as u64).expect("a remainder of 16 or less fits");
        let shard = self.shards[shard].lock();
        #[cfg(gcache_model)]
        let shard = of_this_execution(shard);
        shard
    }

    fn place(&self, hash: u64) -> Option<Arc<Place<K>>> {
        self.shard(hash).places.get(&hash).cloned()
    }

    /// Puts `new` where `old` is, if it still is, and says whether it was.
    fn replace(&self, hash: u64, old: Option<&Arc<Place<K>>>, new: Arc<Place<K>>) -> bool {
        let mut shard = self.shard(hash);
        let there = shard.places.get(&hash);
        if there.map(Arc::as_ptr) != old.map(Arc::as_ptr) {
            return false;
        }
        let replaced = shard.places.insert(hash, new);
        let swept = shard.sweep_if_due();
        // The keys in them are the user's, and are dropped under no lock.
        drop(shard);
        drop((replaced, swept));
        true
    }

    pub(crate) fn hash(&self, key: &K) -> u64 {
        self.hasher.hash_one(key)
    }

    /// How many generations live. Looks at all of them.
    pub(crate) fn living(&self) -> usize {
        let living = |place: &Place<K>| place.iter().filter(|l| l.generation.is_alive()).count();
        let places =
            |shard: &Mutex<Shard<K>>| -> Vec<_> { shard.lock().places.values().cloned().collect() };
        self.shards.iter().flat_map(places).map(|place| living(&place)).sum()
    }

    /// The living generation of `key`, or a new one.
    pub(crate) fn take(
        &self,
        key: &K,
        hash: u64,
        begin: impl Fn() -> Arc<Generation>,
    ) -> Arc<Generation> {
        loop {
            let place = self.place(hash);
            let known = place.as_ref().and_then(|place| find(place, key)).map(hold);
            // mutant: ended-generation-reused
            // mutant: generation-comes-back
            if let Some(generation) = known.filter(|generation| generation.is_alive()) {
                return generation;
            }
            let generation = begin();
            let new =
                Live { key: DropGuard::new(key.clone()), generation: Arc::clone(&generation) };
            let others = place.iter().flat_map(|place| place.iter());
            let others = others.filter(|living| living.generation.is_alive()).cloned();
            let changed = Arc::new(others.chain([new]).collect());
            if self.replace(hash, place.as_ref(), changed) {
                return generation;
            }
        }
    }

    /// Ends the living generation of `key`, and says whether there was one.
    pub(crate) fn end(&self, key: &K, hash: u64, timestamp: Timestamp) -> bool {
        let place = self.place(hash);
        let known = place.as_ref().and_then(|place| find(place, key));
        known.is_some_and(|generation| backlog::end(generation, timestamp))
    }
}

impl<K> Shard<K> {
    fn new() -> Self {
        Self {
            places: HashMap::default(),
            sweep_at: SWEEP_FROM,
            #[cfg(gcache_model)]
            execution: 0,
        }
    }

    /// Takes out the generations that have ended, or that no entry and no computation uses, once they may
    /// be half of all.
    fn sweep_if_due(&mut self) -> Vec<Arc<Place<K>>> {
        if self.places.len() < self.sweep_at {
            return Vec::new();
        }
        let unused = self.places.extract_if(|_, place| !is_used(place));
        let unused = unused.map(|(_, place)| place).collect();
        self.sweep_at = self.places.len().saturating_mul(2).max(SWEEP_FROM);
        self.places.shrink_to(self.sweep_at);
        unused
    }
}

/// Empties `shard` where an execution of the model check begins.
#[cfg(gcache_model)]
fn of_this_execution<K>(
    mut shard: impl DerefMut<Target = Shard<K>>,
) -> impl DerefMut<Target = Shard<K>> {
    let execution = crate::model_check::execution();
    if shard.execution != execution {
        *shard = Shard { execution, ..Shard::new() };
    }
    shard
}

fn find<'a, K: Eq>(place: &'a Place<K>, key: &K) -> Option<&'a Arc<Generation>> {
    // mutant: hash-trusted-groups
    place.iter().find(|living| *living.key.get() == *key).map(|living| &living.generation)
}

/// Whether a living generation in `place` is used; if not, all of them are ended.
///
/// Someone may be taking one at this moment. Ended, it makes a computation that need not have been;
/// merely dropped, it would outlive every invalidation. From now on invalidations will not find it, so whoever calls from
/// now on must not take what rests on it.
fn is_used<K>(place: &Place<K>) -> bool {
    let is_used = |generation: &Arc<Generation>| generation.is_alive() && holders(generation) > 1;
    let used = place.iter().any(|living| is_used(&living.generation));
    // mutant: table-sweeps-taken
    // mutant: table-sweeps-used
    if !used {
        for living in place {
            living.generation.end(Timestamp::now());
        }
    }
    used
}

impl<K> std::fmt::Debug for GenerationTable<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GenerationTable").finish_non_exhaustive()
    }
}

#[cfg(all(test, not(gcache_model)))]
mod tests {
    use super::{Live, Place, is_used};
    use crate::catch_drop::DropGuard;
    use crate::clock::Timestamp;
    use crate::generations::generation::{ChangeCount, Generation, GroupId};

    /// A body that took the generation at that moment may have a caller that joins it after the next invalidation,
    /// which will not find the generation.
    #[test]
    fn what_a_sweep_ends_has_not_lived_for_later_callers() {
        static PULSE: ChangeCount = ChangeCount::new();
        let generation = Generation::begin(GroupId(0), &PULSE);
        let place: Place<u64> = [Live { key: DropGuard::new(7), generation }].into_iter().collect();
        assert!(!is_used(&place), "nobody else has it");
        let taken = &place[0].generation;
        assert!(!taken.is_alive());
        assert!(
            !taken.lived_at(Timestamp::next()),
            "a caller after the next invalidation would take what rests on it"
        );
    }
}
