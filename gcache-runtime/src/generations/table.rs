//! Live generations by key.
//!
//! Keys are told apart by their `Eq`. So many keys of one hash are slow but no danger. No user code runs under a lock:
//! the generations of a hash are taken out of the shard as references, and compared outside of it. A change is made
//! only if the shard still has what was compared. A shard that grows goes by the hashes that its generations hold.
//!
//! Three rules keep an invalidation from missing a generation that an entry uses: a generation is flagged as ended
//! before it leaves the table, unless nothing but the table refers to it; references are taken under the lock of the
//! shard, so that a sweep, which counts them under the same lock, sees those of a thread that is about to use one; and
//! one that has ended is never handed out.
//!
//! A hit never looks here, so the generations lie in shards under locks, each held for one look or change, and now and
//! then while it is swept. An invalidation only sets the flag: a generation that has ended stays in the table until its
//! key is used again, or until its shard is swept.

use super::backlog;
use super::generation::{Generation, KeyGeneration};
use crate::catch_drop::DropGuard;
use crate::clock::Timestamp;
use crate::hashing::KeyHasher;
use crate::sync::{Arc, Mutex, holders};
use hashbrown::HashTable;
use smallvec::SmallVec;
use std::hash::Hash;
use std::ops::DerefMut;

/// Live generations by key.
pub(crate) struct GenerationTable<K> {
    hasher: KeyHasher,
    shards: [Mutex<Shard<K>>; SHARDS],
}

struct Shard<K> {
    generations: HashTable<Arc<OfKey<K>>>,
    /// At this many generations, those that nothing uses are swept.
    sweep_at: usize,
    /// Its content lasts for one execution.
    #[cfg(gcache_model)]
    execution: u64,
}

/// The generation of a user's key.
type OfKey<K> = KeyGeneration<DropGuard<K>>;

/// Over how many locks the generations are spread: one in the model check, which has few keys.
const SHARDS: usize = if cfg!(gcache_model) { 1 } else { 16 };

/// Below this many generations a shard is not swept.
const SWEEP_FROM: usize = if cfg!(gcache_model) { 4 } else { 16 };

impl<K: Clone + Hash + Eq> GenerationTable<K> {
    pub(crate) fn new() -> Self {
        // The model check wants the generations of a shard in the same order each time.
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

    pub(crate) fn hash(&self, key: &K) -> u64 {
        self.hasher.hash_one(key)
    }

    /// How many generations are alive. Looks at all of them.
    pub(crate) fn living(&self) -> usize {
        let living = |shard: &Mutex<Shard<K>>| {
            shard.lock().generations.iter().filter(|generation| generation.is_alive()).count()
        };
        self.shards.iter().map(living).sum()
    }

    /// The live generation of `key`, or a new one that ends with `parent`.
    pub(crate) fn get_or_begin(
        &self,
        key: &K,
        hash: u64,
        parent: impl Fn() -> Arc<Generation>,
    ) -> Arc<OfKey<K>> {
        loop {
            let of_hash = self.of_hash(hash);
            let known = find(&of_hash, key);
            // mutant: ended-generation-reused
            // mutant: generation-comes-back
            if let Some(generation) = known.filter(|generation| generation.is_alive()) {
                return Arc::clone(generation);
            }
            let new = KeyGeneration::begin(parent(), hash, DropGuard::new(key.clone()));
            if self.insert(&new, known, &of_hash) {
                return new;
            }
        }
    }

    /// The generations of keys with this `hash`: nearly always one at most.
    fn of_hash(&self, hash: u64) -> SmallVec<[Arc<OfKey<K>>; 1]> {
        let mut of_hash = SmallVec::new();
        self.shard(hash).of_hash(hash).for_each(|known| of_hash.push(Arc::clone(known)));
        of_hash
    }

    /// Puts `new` in the place of the one that has `ended`, if any. Says whether it did: not if others than `of_hash`
    /// have its hash by now, since one of them may be of the same key.
    fn insert(
        &self,
        new: &Arc<OfKey<K>>,
        ended: Option<&Arc<OfKey<K>>>,
        of_hash: &[Arc<OfKey<K>>],
    ) -> bool {
        let mut shard = self.shard(new.hash());
        let there = shard.of_hash(new.hash()).map(Arc::as_ptr);
        // mutant: key-lives-twice
        if !there.eq(of_hash.iter().map(Arc::as_ptr)) {
            return false;
        }
        let new = Arc::clone(new);
        let replaced = match ended.and_then(|ended| shard.place(ended)) {
            Some(place) => Some(std::mem::replace(place, new)),
            None => {
                shard.generations.insert_unique(new.hash(), new, |known| known.hash());
                None
            }
        };
        let swept = shard.sweep_if_due();
        // The keys in them are the user's, and are dropped under no lock.
        drop(shard);
        drop((replaced, swept));
        true
    }

    /// Ends all generations and takes them out.
    pub(crate) fn release(&self) {
        for shard in &self.shards {
            let mut shard = shard.lock();
            let released = std::mem::take(&mut shard.generations);
            // At a timestamp of now, since no later invalidation finds them: a call from now on must not take a value
            // that depends on one.
            for generation in &released {
                generation.end(Timestamp::now());
            }
            drop(shard);
            // The keys are the user's.
            drop(released);
        }
    }

    /// Ends the live generation of `key`, and says whether there was one.
    pub(crate) fn end_live(&self, key: &K, hash: u64, timestamp: Timestamp) -> bool {
        let of_hash = self.of_hash(hash);
        let known = find(&of_hash, key);
        let Some(known) = known.filter(|known| known.end(timestamp)) else { return false };
        // `of_hash` and the table are no entries.
        let mut dependents = Arc::strong_count(known).saturating_sub(2);
        // Another thread may have replaced it already: then one too few was counted.
        if dependents == 0 && self.shard(hash).place(known).is_none() {
            dependents = Arc::strong_count(known) - 1;
        }
        backlog::note_ended(dependents);
        true
    }
}

impl<K> Shard<K> {
    fn new() -> Self {
        Self {
            generations: HashTable::new(),
            sweep_at: SWEEP_FROM,
            #[cfg(gcache_model)]
            execution: 0,
        }
    }

    fn of_hash(&self, hash: u64) -> impl Iterator<Item = &Arc<OfKey<K>>> {
        self.generations.iter_hash(hash).filter(move |generation| generation.hash() == hash)
    }

    /// Where `generation` is, if it is there.
    fn place(&mut self, generation: &Arc<OfKey<K>>) -> Option<&mut Arc<OfKey<K>>> {
        self.generations.find_mut(generation.hash(), |known| Arc::ptr_eq(known, generation))
    }

    /// Takes out the generations that have ended, or that no entry and no computation uses, once they may be a fifth of
    /// all.
    fn sweep_if_due(&mut self) -> Vec<Arc<OfKey<K>>> {
        if self.generations.len() < self.sweep_at {
            return Vec::new();
        }
        let unused = self.generations.extract_if(|generation| !is_used(generation)).collect();
        let used = self.generations.len();
        self.sweep_at = (used + used / 4).max(SWEEP_FROM);
        // With room to spare: a table that shrinks and grows again moves all its generations each time.
        self.generations.shrink_to(2 * self.sweep_at, |generation| generation.hash());
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

fn find<'a, K: Eq>(of_hash: &'a [Arc<OfKey<K>>], key: &K) -> Option<&'a Arc<OfKey<K>>> {
    // mutant: hash-trusted-groups
    of_hash.iter().find(|generation| *generation.key().get() == *key)
}

/// Whether something besides the table refers to a live `generation`. Under the lock of its shard: nothing takes it
/// meanwhile.
fn is_used<K>(generation: &Arc<OfKey<K>>) -> bool {
    // mutant: table-sweeps-taken
    // mutant: table-sweeps-used
    generation.is_alive() && holders(generation) > 1
}

impl<K> std::fmt::Debug for GenerationTable<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GenerationTable").finish_non_exhaustive()
    }
}
