//! The memo: the store behind one cached function.
//!
//! Entries lie in numbered slots. A key's slot is its 64-bit hash, or one of the next where other keys with
//! that hash lie there already; the key in the entry decides, by `Eq`, whether the entry is the one that is
//! looked for.

use crate::cache::buckets::place_of;
use crate::cache::entry::{Entry, Freshness};
use crate::cache::is_enabled;
use crate::cache::kept::Kept;
use crate::cache::local;
use crate::cache::map::{self, Map};
use crate::cache::policy::{Evicted, EvictionCause, Store as _};
use crate::cache::residents::Residents;
use crate::config::{Bound, Config};
use crate::flights::Flights;
use crate::generations::{self, DependencySet, GenerationCell, epoch};
use crate::hashing::{IdentityHasher, KeyHasher};
use crate::key::KeyRef;
use crate::stats::{Counts, Stats};
use crate::sync::{Arc, AtomicBool, AtomicCount, AtomicUsize, Ordering};
use std::hash::{BuildHasher, Hasher};

/// The store behind one cached function.
pub(crate) struct Memo<K, V> {
    /// Which of the process's memos this is.
    pub(crate) number: usize,
    hasher: KeyHasher,
    pub(crate) config: Config<K, V>,
    /// What hits read.
    pub(crate) entries: Map<u64, Entry<K, V>, IdentityHasher>,
    pub(crate) store: Kept,
    /// What lies in `entries`.
    pub(crate) residents: Residents,
    /// How many keys of one hash lie side by side at most: one, unless a `Hash` tells few keys apart.
    pub(crate) neighbours: AtomicCount,
    /// What the sweep takes out of the store.
    removals: Removals,
    /// Whether the store is told of hits, of one in a few.
    is_told: AtomicBool,
    /// The computations under way.
    pub(crate) flights: Flights<K, Entry<K, V>>,
    /// Ends when the memo is cleared.
    pub(crate) content: GenerationCell,
    pub(crate) counts: Counts,
}

impl<K, V> std::fmt::Debug for Memo<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memo").finish_non_exhaustive()
    }
}

/// How often a publisher that may have been meant by the sweep has its slot admitted again.
const TRIES: usize = 8;

/// Counts what the sweep takes out of the store: a publisher that finds its slot given up asks whether what was
/// there before it was meant.
struct Removals(AtomicCount);

/// In the count, one that is under way, below those that are done.
const UNDER_WAY: u64 = 1;
const DONE: u64 = 1 << 16;

impl Removals {
    fn count(&self, remove: impl FnOnce()) {
        self.0.fetch_add(UNDER_WAY, Ordering::SeqCst);
        remove();
        self.0.fetch_add(DONE - UNDER_WAY, Ordering::SeqCst);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Whether any was under way when it was `before`, or since.
    fn are_any_since(&self, before: u64) -> bool {
        self.get() != before || !before.is_multiple_of(DONE)
    }
}

/// A key without a fresh entry, as a lookup has hashed it: what is computed for the key is inserted with this.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vacant {
    hash: u64,
    /// Where the thread-local cache may hold the entry.
    place: u32,
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
            entries: Map::of_memo(),
            store: Kept::new(&config),
            residents: Residents::new(),
            neighbours: AtomicCount::new(1),
            removals: Removals(AtomicCount::new(0)),
            is_told: AtomicBool::new(config.asks_for_uses(0)),
            flights: Flights::new(config.patience),
            content: GenerationCell::new(),
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
        if !is_enabled() {
            self.record_miss();
            return Err(None);
        }
        if !is_missed
            && let Some(found) = local::get_with(self.number, query, |entry, _| read(entry))
        {
            return Ok(found);
        }
        let vacant = Vacant { hash: self.hash(query), place: place_of(query) };
        let found = self.read(
            vacant.hash,
            |key| query.equivalent(key),
            |entry| {
                let found = read(entry)?;
                local::note(self, vacant.hash, vacant.place, Some(epoch), entry);
                Some(found)
            },
        );
        found.ok_or_else(|| {
            self.record_miss();
            Some(vacant)
        })
    }

    /// Looks once more for an entry that another call has inserted since the lookup that returned `vacant`.
    pub(crate) fn get_again(&'static self, vacant: Vacant, key: &K) -> Option<Arc<Entry<K, V>>>
    where
        K: Eq,
    {
        let entry =
            self.read(vacant.hash, |found| found == key, |entry| Some(Arc::clone(entry)))?;
        local::note(self, vacant.hash, vacant.place, None, &entry);
        Some(entry)
    }

    /// Notes a call that computes: [`get`](Self::get) does so itself.
    pub(crate) fn record_miss(&'static self) {
        local::note_miss(self);
    }
}

impl<K, V> Memo<K, V> {
    #[inline]
    pub(crate) fn hash(&self, query: impl KeyRef<Key = K>) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        query.hash(&mut hasher);
        hasher.finish()
    }

    /// Reads the fresh entry of a key, without a lock and without a write to shared memory. A hit is for
    /// the caller to count.
    pub(crate) fn read<R>(
        &self,
        hash: u64,
        is: impl Fn(&K) -> bool,
        read: impl FnOnce(&Arc<Entry<K, V>>) -> Option<R>,
    ) -> Option<R> {
        let entries = self.entries.pin();
        for slot in self.slots(hash) {
            // One may have left from between others.
            let Some(entry) = entries.get(&slot) else { continue };
            // mutant: hash-trusted-map
            if is(entry.key()) {
                let alive = entry.dependencies().are_alive_as_seen();
                let fresh = self.may_serve(entry, entry.freshness(alive), || slot);
                return if fresh { read(entry) } else { None };
            }
        }
        None
    }

    /// The slots where the entry of a key may lie.
    fn slots(&self, hash: u64) -> impl Iterator<Item = u64> {
        let neighbours = self.neighbours.load(Ordering::Acquire);
        (0..neighbours).map(move |step| hash.wrapping_add(step))
    }

    /// Whether `entry`, of `slot`, may be served: it is as fresh as a look at it found.
    #[inline]
    pub(crate) fn may_serve(
        &self,
        entry: &Entry<K, V>,
        found: Freshness,
        slot: impl FnOnce() -> u64,
    ) -> bool {
        match found {
            Freshness::Fresh => true,
            Freshness::FreshAndNoted => {
                self.touch(slot());
                true
            }
            // It stays until it is replaced or swept: taking it out and putting another in at once would wear
            // the map's table at this slot.
            ended => {
                self.note_end(entry, ended);
                false
            }
        }
    }

    /// Tells the store that a slot is used, if it needs to know.
    #[cold]
    pub(crate) fn record_access(&self, slot: u64) {
        if self.is_told.load(Ordering::Relaxed) {
            self.touch(slot);
        }
    }

    /// Tells the store that a slot is used.
    #[cold]
    fn touch(&self, slot: u64) {
        self.empty(&self.store.touch(slot));
    }

    #[cold]
    pub(crate) fn note_end(&self, entry: &Entry<K, V>, freshness: Freshness) {
        if entry.is_first_to_note_end() {
            match freshness {
                Freshness::Expired => self.counts.expired.add(1),
                _ => self.counts.ended.add(1),
            }
        }
    }

    /// Empties slots that the store has given up.
    pub(crate) fn empty(&self, given_up: &[Evicted]) {
        for Evicted { slot, why } in given_up {
            let entries = self.entries.pin();
            let Some(entry) = entries.get(slot) else { continue };
            // It may have been admitted again since.
            // mutant: evicted-stays-readable
            if !self.store.holds(*slot) && self.entries.remove_this(slot, entry) {
                self.forget(entry);
                match why {
                    EvictionCause::Evicted => self.counts.evicted.add(1),
                    EvictionCause::Expired => self.counts.expired.add(1),
                }
            }
        }
    }

    /// Notes that `entry` is in the map no more.
    pub(crate) fn forget(&self, entry: &Entry<K, V>) {
        let has_ended = !entry.dependencies().are_alive();
        if has_ended {
            generations::note_entry_freed();
        }
        entry.leave(has_ended);
        self.residents.remove(entry);
    }

    /// How many entries there are, with those that have ended or are about to be given up, and have not been
    /// taken out yet. To look changes nothing.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn stats(&self) -> Stats {
        let entries = self.len() as u64;
        let Counts { hits, misses, joined, relieved, ended, expired, evicted, errors, unstored } =
            &self.counts;
        Stats {
            hits: hits.sum(),
            misses: misses.get(),
            joined: joined.get(),
            relieved: relieved.get(),
            ended: ended.get(),
            expired: expired.get(),
            evicted: evicted.get(),
            errors: errors.get(),
            unstored: unstored.get(),
            entries,
            weight: self.residents.weight(),
        }
    }

    /// Takes the ended `entry` out of `slot`, and out of the store.
    pub(crate) fn take_out(&self, slot: u64, entry: &Arc<Entry<K, V>>) {
        if !self.entries.remove_this(&slot, entry) {
            return;
        }
        self.forget(entry);
        if !self.store.holds(slot) {
            return;
        }
        self.removals.count(|| self.store.remove(slot));
        // Another may have been admitted and put there in between, which the store must hold.
        let weight =
            || self.entries.pin().get(&slot).and_then(|anew| self.residents.weight_of(anew));
        if let Some(weight_of_anew) = weight() {
            // mutant: swept-slot-not-held
            self.admit(slot, weight_of_anew);
            if weight().is_none() {
                self.removals.count(|| self.store.remove(slot));
            }
        }
    }

    /// Asks the store to hold `slot`.
    fn admit(&self, slot: u64, weight: u64) {
        self.empty(&self.store.admit(slot, weight));
    }

    /// Adds what stands for the memo not having been cleared.
    pub(crate) fn collect_into(&'static self, dependencies: &mut DependencySet) {
        self.content.collect_into(dependencies);
    }
}

impl<K: Eq, V> Memo<K, V> {
    /// Stores the entry of the key that [`get`](Self::get) returned `vacant` for, and opens it to hits.
    pub(crate) fn insert(&self, vacant: Vacant, entry: &Arc<Entry<K, V>>) {
        let weight = match &self.config.bound {
            Bound::Entries(_) => 1,
            Bound::Weight { max, weigh } => {
                // What weighs nothing takes room, too.
                let weight = weigh(entry.key(), entry.value()).max(1);
                if weight > *max {
                    return;
                }
                weight
            }
        };
        let (slot, is_taken) = self.free_slot(vacant.hash, entry.key());
        if !is_taken && self.is_full() && generations::unswept_entries() > 0 {
            // What has ended is to make room first. What it replaces needs none.
            self.sweep_for_room();
        }
        // What is missed again and again must come to be worth a place.
        self.record_access(slot);
        let mut removals = self.removals.get();
        self.admit(slot, weight);
        // Before it can be found, so that whoever takes it out finds it listed.
        self.residents.add(entry, slot, weight);
        if let Some(replaced) = self.entries.insert(slot, Arc::clone(entry)) {
            self.forget(&replaced);
        }
        self.make_room();
        // The sweep may have meant what was there before.
        let mut is_held = self.store.holds(slot);
        for _ in 0..TRIES {
            // mutant: swept-slot-given-up
            if is_held || !self.removals.are_any_since(removals) {
                break;
            }
            removals = self.removals.get();
            self.admit(slot, weight);
            is_held = self.store.holds(slot);
        }
        // The store may have given the slot up before there was anything in it to remove.
        // mutant: evicted-while-inserted-stays
        if !is_held && self.entries.remove_this(&slot, entry) {
            self.forget(entry);
        }
        // What has ended before it was listed is counted already, and may be behind the sweep.
        // mutant: ended-before-insert-stays
        if !entry.dependencies().are_alive() {
            self.take_out(slot, entry);
        }
    }

    /// Makes the store give up now what it would give up in passing, where that matters: of heavy values
    /// a few are too many, and of entries an eighth.
    fn make_room(&self) {
        match self.config.bound {
            Bound::Entries(max) => {
                let len = self.entries.len() as u64;
                self.is_told.store(self.config.asks_for_uses(len), Ordering::Relaxed);
                if len > max.saturating_add(max / 8) {
                    self.empty(&self.store.settle());
                }
            }
            Bound::Weight { .. } => {
                self.empty(&self.store.settle());
                if map::held_back() > 0 {
                    map::flush();
                }
            }
        }
    }

    /// Whether there is no room for one more, as far as is known: weights are only known to the store.
    fn is_full(&self) -> bool {
        match self.config.bound {
            Bound::Entries(max) => self.entries.len() as u64 >= max,
            Bound::Weight { .. } => true,
        }
    }

    /// Where the entry of `key` may be put without taking another's place: where it lies, or else where
    /// nothing lives; and whether something lies there.
    fn free_slot(&self, hash: u64, key: &K) -> (u64, bool) {
        let entries = self.entries.pin();
        let mut free = None;
        let mut neighbours = 0;
        for slot in self.slots(hash) {
            neighbours += 1;
            match entries.get(&slot) {
                Some(entry) if entry.key() == key => return (slot, true),
                Some(entry) if entry.dependencies().are_alive() => {}
                found => free = free.or(Some((slot, found.is_some()))),
            }
        }
        free.unwrap_or_else(|| {
            // One more of a hash than ever before.
            self.neighbours.fetch_max(neighbours + 1, Ordering::AcqRel);
            (hash.wrapping_add(neighbours), false)
        })
    }
}
