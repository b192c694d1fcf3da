//! The roll: living generations by key.
//!
//! A place in the roll is the hash of a key. It holds all keys of that hash, so that `Eq` decides and
//! many keys of one hash are slow but no danger. What a place holds is replaced as a whole, so no user
//! code runs under a lock.
//!
//! Two rules keep a bump from missing a generation that an entry uses: a generation is flagged as
//! ended before it leaves the roll, and an ended one that is found there is never handed out.

use crate::clock::Tick;
use crate::contained::Contained;
use crate::generation::Generation;
use crate::map::{Hashed, Map};
use crate::sync::{Arc, AtomicU64, Ordering};
use smallvec::SmallVec;
use std::hash::Hash;

/// Living generations by key.
pub(crate) struct Roll<K> {
    hasher: ahash::RandomState,
    places: Map<u64, Place<K>, Hashed>,
    /// At this many places, those that nothing uses are swept.
    sweep_at: AtomicU64,
}

/// The keys of one hash: nearly always one.
type Place<K> = SmallVec<[Living<K>; 1]>;

#[derive(Clone)]
struct Living<K> {
    key: Contained<K>,
    generation: Arc<Generation>,
}

/// Below this many places none is swept.
const SWEEP_FROM: u64 = 64;

impl<K: Clone + Hash + Eq> Roll<K> {
    pub(crate) fn new() -> Self {
        Self {
            hasher: ahash::RandomState::new(),
            places: Map::new(),
            sweep_at: AtomicU64::new(SWEEP_FROM),
        }
    }

    pub(crate) fn hash(&self, key: &K) -> u64 {
        self.hasher.hash_one(key)
    }

    /// How many places there are: one for each living generation, but for keys of one hash.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// The living generation of `key`, or a new one.
    pub(crate) fn take(
        &self,
        key: &K,
        hash: u64,
        begin: impl Fn() -> Arc<Generation>,
    ) -> Arc<Generation> {
        loop {
            let place = self.places.get(&hash);
            let known = place.as_ref().and_then(|place| find(place, key)).cloned();
            if let Some(generation) = known.filter(|generation| generation.is_alive()) {
                return generation;
            }
            let generation = begin();
            let new =
                Living { key: Contained::new(key.clone()), generation: Arc::clone(&generation) };
            let others = place.iter().flat_map(|place| place.iter());
            let others = others.filter(|living| living.generation.is_alive()).cloned();
            let changed = Arc::new(others.chain([new]).collect());
            let done = match &place {
                Some(place) => self.places.replace_this(hash, place, &changed),
                None => self.places.try_insert(hash, changed),
            };
            if done {
                self.sweep_if_due();
                return generation;
            }
        }
    }

    /// Ends the living generation of `key`, and says whether there was one.
    pub(crate) fn end(&self, key: &K, hash: u64, tick: Tick) -> bool {
        let Some(place) = self.places.get(&hash) else {
            return false;
        };
        let Some(generation) = find(&place, key) else {
            return false;
        };
        // The flag first: whoever finds the generation gone must find it ended.
        let ended = generation.end(tick);
        // With other keys in its place, it stays until one of them changes.
        if place.len() == 1 {
            self.places.remove_this(&hash, &place);
        }
        ended
    }

    /// Drops the generations that no entry and no computation uses, once they may be half of all.
    fn sweep_if_due(&self) {
        let due = self.sweep_at.load(Ordering::Relaxed);
        let next = |len: usize| (len as u64).saturating_mul(2).max(SWEEP_FROM);
        let len = self.places.len();
        if (len as u64) < due {
            return;
        }
        // Of several threads that find it due, one sweeps.
        let mine =
            self.sweep_at.compare_exchange(due, next(len), Ordering::AcqRel, Ordering::Relaxed);
        if mine.is_ok() {
            self.places.retain(|place| is_used(place));
            self.sweep_at.store(next(self.places.len()), Ordering::Release);
        }
    }
}

fn find<'a, K: Eq>(place: &'a Place<K>, key: &K) -> Option<&'a Arc<Generation>> {
    place.iter().find(|living| *living.key.get() == *key).map(|living| &living.generation)
}

/// Whether a generation in `place` is used; if not, all of them are ended.
///
/// Someone may be taking one at this moment. Ended, it makes a computation that need not have been;
/// merely dropped, it would outlive every bump. No bump ended it, so it ends after all of them.
fn is_used<K>(place: &Place<K>) -> bool {
    let used = place.iter().any(|living| Arc::strong_count(&living.generation) > 1);
    if !used {
        for living in place {
            living.generation.end(Tick::END);
        }
    }
    used
}

impl<K> std::fmt::Debug for Roll<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Roll").finish_non_exhaustive()
    }
}
