//! Live generations by key.
//!
//! A bucket holds all keys of one hash, so `Eq` decides, and many keys of one hash are slow but no danger. A bucket is
//! replaced as a whole, so no user code runs under a lock.
//!
//! Two rules keep an invalidation from missing a generation that an entry uses: a generation is flagged as ended
//! before it leaves the table, and an ended one that is found there is never handed out.
//!
//! A hit never looks here, so the buckets lie in shards under locks, each held for one look or change, and now and
//! then while it is swept. An invalidation only sets the flag: an ended generation stays in its bucket until the key
//! is used again, or until its shard is swept.

use super::backlog;
use super::generation::Generation;
use crate::catch_drop::DropGuard;
use crate::clock::Timestamp;
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
    buckets: HashMap<u64, Arc<Bucket<K>>, IdentityHasher>,
    /// At this many buckets, those that nothing uses are swept.
    sweep_at: usize,
    /// Its content lasts for one execution.
    #[cfg(gcache_model)]
    execution: u64,
}

/// Over how many locks the buckets are spread: one in the model check, which has few keys.
const SHARDS: usize = if cfg!(gcache_model) { 1 } else { 16 };

/// The keys of one hash: nearly always one.
type Bucket<K> = SmallVec<[Live<K>; 1]>;

#[derive(Clone)]
struct Live<K> {
    key: DropGuard<K>,
    generation: Arc<Generation>,
}

/// Below this many buckets a shard is not swept.
const SWEEP_FROM: usize = if cfg!(gcache_model) { 4 } else { 16 };

impl<K: Clone + Hash + Eq> GenerationTable<K> {
    pub(crate) fn new() -> Self {
        // The model check wants the buckets of a shard in the same order each time.
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

    fn bucket(&self, hash: u64) -> Option<Arc<Bucket<K>>> {
        self.shard(hash).buckets.get(&hash).cloned()
    }

    /// Puts `new` where `old` is, if it still is, and says whether it was.
    fn replace(&self, hash: u64, old: Option<&Arc<Bucket<K>>>, new: Arc<Bucket<K>>) -> bool {
        let mut shard = self.shard(hash);
        let there = shard.buckets.get(&hash);
        if there.map(Arc::as_ptr) != old.map(Arc::as_ptr) {
            return false;
        }
        let replaced = shard.buckets.insert(hash, new);
        let swept = shard.sweep_if_due();
        // The keys in them are the user's, and are dropped under no lock.
        drop(shard);
        drop((replaced, swept));
        true
    }

    pub(crate) fn hash(&self, key: &K) -> u64 {
        self.hasher.hash_one(key)
    }

    /// How many generations are alive. Looks at all of them.
    pub(crate) fn living(&self) -> usize {
        let living = |bucket: &Bucket<K>| bucket.iter().filter(|l| l.generation.is_alive()).count();
        let buckets = |shard: &Mutex<Shard<K>>| -> Vec<_> {
            shard.lock().buckets.values().cloned().collect()
        };
        self.shards.iter().flat_map(buckets).map(|bucket| living(&bucket)).sum()
    }

    /// The live generation of `key`, or a new one.
    pub(crate) fn get_or_begin(
        &self,
        key: &K,
        hash: u64,
        begin: impl Fn() -> Arc<Generation>,
    ) -> Arc<Generation> {
        loop {
            let bucket = self.bucket(hash);
            let known = bucket.as_ref().and_then(|bucket| find(bucket, key)).map(hold);
            // mutant: ended-generation-reused
            // mutant: generation-comes-back
            if let Some(generation) = known.filter(|generation| generation.is_alive()) {
                return generation;
            }
            let generation = begin();
            let new =
                Live { key: DropGuard::new(key.clone()), generation: Arc::clone(&generation) };
            let others = bucket.iter().flat_map(|bucket| bucket.iter());
            let others = others.filter(|living| living.generation.is_alive()).cloned();
            let changed = Arc::new(others.chain([new]).collect());
            if self.replace(hash, bucket.as_ref(), changed) {
                return generation;
            }
        }
    }

    /// Ends all generations and takes them out.
    pub(crate) fn release(&self) {
        for shard in &self.shards {
            let mut shard = shard.lock();
            shard.buckets.values().for_each(|bucket| end_all(bucket));
            let released = std::mem::take(&mut shard.buckets);
            drop(shard);
            // The keys are the user's.
            drop(released);
        }
    }

    /// Ends the live generation of `key`, and says whether there was one.
    pub(crate) fn end_live(&self, key: &K, hash: u64, timestamp: Timestamp) -> bool {
        let bucket = self.bucket(hash);
        let known = bucket.as_ref().and_then(|bucket| find(bucket, key));
        known.is_some_and(|generation| backlog::end_counted(generation, timestamp))
    }
}

impl<K> Shard<K> {
    fn new() -> Self {
        Self {
            buckets: HashMap::default(),
            sweep_at: SWEEP_FROM,
            #[cfg(gcache_model)]
            execution: 0,
        }
    }

    /// Takes out the generations that have ended, or that no entry and no computation uses, once they may
    /// be half of all.
    fn sweep_if_due(&mut self) -> Vec<Arc<Bucket<K>>> {
        if self.buckets.len() < self.sweep_at {
            return Vec::new();
        }
        let unused = self.buckets.extract_if(|_, bucket| !is_used(bucket));
        let unused = unused.map(|(_, bucket)| bucket).collect();
        self.sweep_at = self.buckets.len().saturating_mul(2).max(SWEEP_FROM);
        self.buckets.shrink_to(self.sweep_at);
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

fn find<'a, K: Eq>(bucket: &'a Bucket<K>, key: &K) -> Option<&'a Arc<Generation>> {
    // mutant: hash-trusted-groups
    bucket.iter().find(|living| *living.key.get() == *key).map(|living| &living.generation)
}

/// Whether a live generation in `bucket` is used; if not, all of them are ended.
///
/// A thread may be taking one at this moment. Ended, it costs a computation; merely dropped, it would outlive every
/// invalidation. It ends at a timestamp of now, since no later invalidation finds it: a call from now on must not take
/// a value that depends on it.
fn is_used<K>(bucket: &Bucket<K>) -> bool {
    let is_used = |generation: &Arc<Generation>| generation.is_alive() && holders(generation) > 1;
    let used = bucket.iter().any(|living| is_used(&living.generation));
    // mutant: table-sweeps-taken
    // mutant: table-sweeps-used
    if !used {
        end_all(bucket);
    }
    used
}

fn end_all<K>(bucket: &Bucket<K>) {
    for living in bucket {
        living.generation.end(Timestamp::now());
    }
}

impl<K> std::fmt::Debug for GenerationTable<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GenerationTable").finish_non_exhaustive()
    }
}

#[cfg(all(test, not(gcache_model)))]
mod tests {
    use super::{Bucket, Live, is_used};
    use crate::catch_drop::DropGuard;
    use crate::clock::Timestamp;
    use crate::generations::generation::{ChangeCount, Generation, GroupId};

    /// A body that took the generation at that moment may have a caller that joins it after the next invalidation,
    /// which will not find the generation.
    #[test]
    fn what_a_sweep_ends_has_not_lived_for_later_callers() {
        static CHANGES: ChangeCount = ChangeCount::new();
        let generation = Generation::begin(GroupId(0), &CHANGES);
        let bucket: Bucket<u64> =
            [Live { key: DropGuard::new(7), generation }].into_iter().collect();
        assert!(!is_used(&bucket), "nobody else has it");
        let taken = &bucket[0].generation;
        assert!(!taken.is_alive());
        assert!(
            !taken.lived_at(Timestamp::next()),
            "a caller after the next invalidation would take what rests on it"
        );
    }
}
