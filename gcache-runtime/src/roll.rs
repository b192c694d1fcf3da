//! The roll: living generations by key.
//!
//! A place in the roll is the hash of a key. It holds all keys of that hash, so that `Eq` decides and
//! many keys of one hash are slow but no danger. What a place holds is replaced as a whole, so no user
//! code runs under a lock.
//!
//! Two rules keep a bump from missing a generation that an entry uses: a generation is flagged as
//! ended before it leaves the roll, and an ended one that is found there is never handed out.
//!
//! A bump only sets the flag. What has ended lies in its place until the key is used again, or until
//! the roll is swept: taking it out and putting another in would wear the map's table at this hash, and
//! a worn table is copied as a whole.

use crate::clock::Tick;
use crate::contained::Contained;
use crate::generation::Generation;
use crate::hashed::Hashed;
use crate::map::Map;
use crate::sync::{Arc, AtomicU64, Ordering, holders};
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

/// Below this many places none is swept: few in the model check, which has few keys.
const SWEEP_FROM: u64 = if cfg!(gcache_model) { 4 } else { 64 };

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

    /// How many generations live. Looks at all of them.
    pub(crate) fn living(&self) -> usize {
        let living = |place: &Place<K>| place.iter().filter(|l| l.generation.is_alive()).count();
        let mut sum = 0;
        self.places.for_each(|place| sum += living(place));
        sum
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
        let place = self.places.get(&hash);
        let known = place.as_ref().and_then(|place| find(place, key));
        known.is_some_and(|generation| generation.end(tick))
    }

    /// Drops the generations that have ended, or that no entry and no computation uses, once they may be
    /// half of all.
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

/// Whether a living generation in `place` is used; if not, all of them are ended.
///
/// Someone may be taking one at this moment. Ended, it makes a computation that need not have been;
/// merely dropped, it would outlive every bump. No bump ended it, so it ends after all of them.
fn is_used<K>(place: &Place<K>) -> bool {
    let is_used = |generation: &Arc<Generation>| generation.is_alive() && holders(generation) > 1;
    let used = place.iter().any(|living| is_used(&living.generation));
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
