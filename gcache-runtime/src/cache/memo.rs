//! The memo: the entries of one cached function, and how one is looked up.
//!
//! Entries lie in numbered slots of the map that all threads share. A key's slot is its 64-bit hash, or one of the next
//! where other keys of that hash lie already. The key in the entry decides, by `Eq`, whether it is the one that is
//! looked up.

use crate::cache::buckets::quick_hash;
use crate::cache::entry::{Entry, Freshness};
use crate::cache::is_enabled;
use crate::cache::local;
use crate::cache::map::Map;
use crate::cache::policy::EvictionPolicy;
use crate::cache::slot_list::SlotList;
use crate::config::Config;
use crate::generations::{DependencySet, GenerationCell, epoch};
use crate::hashing::KeyHasher;
use crate::key::KeyRef;
use crate::links;
use crate::stats::{Counts, Stats};
use crate::sync::{Arc, AtomicBool, AtomicCount, AtomicUsize, Ordering};
use std::hash::{BuildHasher, Hasher};

/// The entries of one cached function.
pub(crate) struct Memo<K, V> {
    /// Which of the process's memos this is.
    pub(crate) number: usize,
    hasher: KeyHasher,
    pub(crate) config: Config<K, V>,
    /// What lookups read.
    pub(super) entries: Map<Entry<K, V>>,
    pub(super) policy: EvictionPolicy,
    /// The slots of `entries`: for the sweep, and for the young ones to have their turn.
    pub(super) list: SlotList,
    /// How many keys of one hash lie side by side at most: one, unless a `Hash` tells few keys apart.
    pub(super) neighbours: AtomicCount,
    /// Whether one hit in a few is recorded where entries are young at first: once any is promoted.
    pub(super) records_accesses: AtomicBool,
    /// Ends when the memo is cleared.
    pub(crate) content: GenerationCell,
    pub(crate) counts: Counts,
}

impl<K, V> std::fmt::Debug for Memo<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memo").finish_non_exhaustive()
    }
}

/// A key without a fresh entry, as a lookup has hashed it: what is computed for the key is inserted with this.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vacant {
    pub(super) hash: u64,
    /// Where the thread-local cache may hold the entry.
    pub(super) quick_hash: u32,
}

impl Vacant {
    /// The hash of the key, which other keys may share.
    pub(crate) fn hash(self) -> u64 {
        self.hash
    }
}

/// How many memos have been made.
static MEMOS: AtomicUsize = AtomicUsize::new(0);

impl<K: Send + Sync + 'static, V: Send + Sync + 'static> Memo<K, V> {
    pub(crate) fn new(config: Config<K, V>) -> Self {
        Self {
            number: MEMOS.fetch_add(1, Ordering::Relaxed),
            hasher: KeyHasher::new(),
            entries: Map::new(),
            policy: EvictionPolicy::new(&config),
            list: SlotList::new(config.window()),
            neighbours: AtomicCount::new(1),
            records_accesses: AtomicBool::new(false),
            content: if config.groups_only {
                GenerationCell::new()
            } else {
                GenerationCell::of_content()
            },
            counts: Counts::default(),
            config,
        }
    }
}

impl<K: Clone + 'static, V: Clone + 'static> Memo<K, V> {
    /// Looks up the fresh entry of a key, first in the thread-local cache, unless it `is_missed` there already,
    /// and then in the map that all threads share. A hit is counted where `read` accepts the entry.
    ///
    /// A miss returns the token to insert the value with, or none while caching is off.
    pub(crate) fn get<R>(
        &'static self,
        query: impl KeyRef<Key = K>,
        is_missed: bool,
        read: impl Fn(&Arc<Entry<K, V>>) -> Option<R>,
    ) -> Result<R, Option<Vacant>> {
        // Read before the switch and the map: an entry that may not be served after this epoch is found so.
        let epoch = epoch();
        // While a lease is looked at, each hit is to validate its entry: it is noted for an epoch that is over.
        // mutant: guarded-hit-noted
        let epoch = if links::check_leases() { epoch.wrapping_sub(1) } else { epoch };
        if !is_enabled() {
            self.record_miss();
            return Err(None);
        }
        if !is_missed
            && let Some(found) = local::get_local(self.number, query, |entry, _| read(entry))
        {
            return Ok(found);
        }
        let vacant = Vacant { hash: self.hash(query), quick_hash: quick_hash(query) };
        let found = self.find(
            vacant.hash,
            |key| query.equivalent(key),
            |entry| {
                let found = read(entry)?;
                entry.note_use();
                local::record_hit(self, vacant, epoch, entry);
                Some(found)
            },
        );
        found.ok_or_else(|| {
            self.record_miss();
            Some(vacant)
        })
    }

    /// Looks once more for an entry that another call has inserted since the lookup that returned `vacant`. The caller
    /// counts what it finds.
    pub(crate) fn get_again(&'static self, vacant: Vacant, key: &K) -> Option<Arc<Entry<K, V>>>
    where
        K: Eq,
    {
        self.find(vacant.hash, |found| found == key, |entry| Some(Arc::clone(entry)))
    }

    /// Records a call that computes without a lookup: [`get`](Self::get) does so itself.
    pub(crate) fn record_miss(&self) {
        local::record_miss(self.number);
    }
}

impl<K, V> Memo<K, V> {
    #[inline]
    pub(crate) fn hash(&self, query: impl KeyRef<Key = K>) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        query.hash(&mut hasher);
        hasher.finish()
    }

    /// Finds the fresh entry of a key in the shared map, without a lock and without a write to shared memory. The
    /// caller counts the hit.
    fn find<R>(
        &self,
        hash: u64,
        is: impl Fn(&K) -> bool,
        read: impl FnOnce(&Arc<Entry<K, V>>) -> Option<R>,
    ) -> Option<R> {
        let entries = self.entries.pin();
        for step in 0..self.neighbours() {
            let slot = hash.wrapping_add(step);
            // An entry may have been removed from between others.
            let Some(entry) = entries.get(slot) else { continue };
            // mutant: hash-trusted-map
            if is(entry.key()) {
                let alive = entry.dependencies().are_alive();
                let fresh = self.may_serve(entry, entry.freshness(alive), || slot);
                return if fresh { read(entry) } else { None };
            }
        }
        None
    }

    /// How many slots, from that of its hash on, may hold the entry of a key.
    pub(super) fn neighbours(&self) -> u64 {
        self.neighbours.load(Ordering::Acquire)
    }

    /// Whether `entry`, of `slot`, may be served: it is as fresh as a look at it found.
    #[inline]
    pub(super) fn may_serve(
        &self,
        entry: &Entry<K, V>,
        found: Freshness,
        slot: impl FnOnce() -> u64,
    ) -> bool {
        match found {
            Freshness::Fresh => true,
            Freshness::FreshAndUsed => {
                self.evict(&self.policy.record_access(slot()));
                true
            }
            // It stays until it is replaced or swept: to remove it and insert another at once would wear the map's
            // table at this slot.
            ended => {
                self.count_end(entry, ended);
                false
            }
        }
    }

    /// Tells the eviction policy that a slot is used, or notes it on the entry, while that decides about anything. Where
    /// the entry was found in the map, its use `is_noted` already.
    #[cold]
    pub(super) fn record_access(&self, slot: u64, is_noted: bool) {
        if self.config.window().is_none() {
            // It decides about each, and ignores a slot that it does not contain.
            return self.evict(&self.policy.record_access(slot));
        }
        if !self.records_accesses.load(Ordering::Relaxed) {
            return;
        }
        let entries = self.entries.pin();
        match entries.get(slot) {
            Some(entry) if entry.is_promoted() => self.evict(&self.policy.record_access(slot)),
            Some(entry) if !is_noted => entry.note_use(),
            _ => {}
        }
    }

    #[cold]
    pub(super) fn count_end(&self, entry: &Entry<K, V>, freshness: Freshness) {
        if entry.is_first_to_count_end() {
            match freshness {
                Freshness::Expired => self.counts.expired.add(1),
                _ => self.counts.ended.add(1),
            }
        }
    }

    /// How many entries there are, with those that have ended or are about to be evicted, and have not been removed
    /// yet. To ask changes nothing.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn stats(&self) -> Stats {
        let entries = self.len() as u64;
        let counts = &self.counts;
        Stats {
            hits: counts.hits.sum(),
            misses: counts.misses.get(),
            joined: counts.joined.get(),
            relieved: counts.relieved.get(),
            ended: counts.ended.get(),
            expired: counts.expired.get(),
            evicted: counts.evicted.get(),
            errors: counts.errors.get(),
            unstored: counts.unstored.get(),
            groupless: counts.groupless.get(),
            entries,
            weight: self.list.weight(),
        }
    }

    /// Adds the generation that ends when the memo is cleared.
    pub(crate) fn collect_into(&'static self, dependencies: &mut DependencySet) {
        self.content.collect_into(dependencies);
    }
}
