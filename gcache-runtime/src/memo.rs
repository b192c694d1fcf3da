//! The memo: the store behind one cached function.
//!
//! Entries lie in numbered slots. A key's slot is its 64-bit hash, or one of the next few where
//! another key with that hash lies there already; the key in the entry decides, by `Eq`, whether the
//! entry is the one that is looked for.

use crate::basis::Basis;
use crate::config::{Bound, Config};
use crate::doubt::End;
use crate::entry::{Entry, Freshness};
use crate::flights::Flights;
use crate::hashed::Hashed;
use crate::kept::Kept;
use crate::key::Query;
use crate::map::Map;
use crate::registry::AnyMemo;
use crate::slot::Slot;
use crate::stats::{Counts, Stats};
use crate::store::{GivenUp, Store as _, Why};
use crate::sync::{Arc, AtomicBool, AtomicUsize, Ordering};
use std::hash::{BuildHasher, Hasher};

/// The store behind one cached function.
pub(crate) struct Memo<K, V> {
    /// Which of the process's memos this is.
    pub(crate) number: usize,
    hasher: ahash::RandomState,
    pub(crate) config: Config<V>,
    /// What hits read.
    entries: Map<u64, Entry<K, V>, Hashed>,
    store: Kept,
    /// Whether the store is told of hits, of one in a few.
    is_told: AtomicBool,
    /// The computations under way.
    pub(crate) flights: Flights<K, V>,
    /// Ends when the memo is cleared.
    content: Slot,
    pub(crate) counts: Counts,
}

impl<K, V> std::fmt::Debug for Memo<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memo").finish_non_exhaustive()
    }
}

/// How many keys of one hash may lie side by side. More of them push each other out.
const NEIGHBOURS: u64 = 8;

/// How many memos have been made.
static MEMOS: AtomicUsize = AtomicUsize::new(0);

/// The slots where the entry of a key may lie.
fn slots(hash: u64) -> impl Iterator<Item = u64> {
    (0..NEIGHBOURS).map(move |step| hash.wrapping_add(step))
}

impl<K, V> Memo<K, V> {
    pub(crate) fn new(config: Config<V>) -> Self {
        Self {
            number: MEMOS.fetch_add(1, Ordering::Relaxed),
            hasher: ahash::RandomState::new(),
            entries: Map::new(),
            store: Kept::new(&config),
            is_told: AtomicBool::new(config.asks_for_uses(0)),
            flights: Flights::new(),
            content: Slot::new(),
            counts: Counts::default(),
            config,
        }
    }

    #[inline]
    pub(crate) fn hash(&self, query: impl Query<Key = K>) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        query.feed(&mut hasher);
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
        for slot in slots(hash) {
            let entry = entries.get(&slot)?;
            if is(entry.key()) {
                let alive = entry.dependencies().are_alive_as_seen();
                let fresh = self.may_serve(entry, entry.freshness(alive), || slot);
                return if fresh { read(entry) } else { None };
            }
        }
        None
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
            // It stays until it is replaced: taking it out and putting another in would wear the map's
            // table at this slot.
            ended => {
                self.note_end(entry, ended);
                false
            }
        }
    }

    /// Tells the store that a slot is used, if it needs to know.
    #[cold]
    pub(crate) fn tell(&self, slot: u64) {
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
    fn note_end(&self, entry: &Entry<K, V>, freshness: Freshness) {
        if entry.is_first_to_note_end() {
            match freshness {
                Freshness::Expired => self.counts.expired.add(1),
                _ => self.counts.ended.add(1),
            }
        }
    }

    /// Empties slots that the store has given up.
    fn empty(&self, given_up: &[GivenUp]) {
        for GivenUp { slot, why } in given_up {
            let entries = self.entries.pin();
            let Some(entry) = entries.get(slot) else { continue };
            // It may have been admitted again since.
            if !self.store.holds(*slot) && self.entries.remove_this(slot, entry) {
                entry.leave();
                match why {
                    Why::Evicted => self.counts.evicted.add(1),
                    Why::Expired => self.counts.expired.add(1),
                    Why::Cleared => {}
                }
            }
        }
    }

    /// How many entries there are, with those that the store is about to give up.
    pub(crate) fn entries(&self) -> usize {
        self.entries.len()
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.empty(&self.store.settle());
        self.entries.len()
    }

    pub(crate) fn stats(&self) -> Stats {
        let entries = self.len() as u64;
        let Counts { hits, misses, joined, ended, expired, evicted, errors, unstored } =
            &self.counts;
        Stats {
            hits: hits.sum(),
            misses: misses.get(),
            joined: joined.get(),
            ended: ended.get(),
            expired: expired.get(),
            evicted: evicted.get(),
            errors: errors.get(),
            unstored: unstored.get(),
            entries,
            weight: self.store.weight(),
        }
    }

    /// Ends every entry, and every computation under way.
    pub(crate) fn clear(&self) {
        self.entries.clear();
        self.store.clear();
        // Last, so that it ends whatever was stored, and put at hand, in the midst of this.
        self.content.end_at(End::now());
    }

    /// Adds what stands for the memo not having been cleared.
    pub(crate) fn take(&'static self, basis: &mut Basis) {
        self.content.take(basis);
    }
}

impl<K: Eq, V> Memo<K, V> {
    /// Stores an entry and opens it to hits.
    pub(crate) fn publish(&self, hash: u64, entry: &Arc<Entry<K, V>>) {
        let weight = match self.config.bound {
            Bound::Entries(_) => 1,
            Bound::Weight { max, weigh } => {
                let weight = weigh(entry.value());
                if u64::from(weight) > max {
                    return;
                }
                weight
            }
        };
        let free = self.free_slot(hash, entry.key());
        let slot = free.unwrap_or(hash.wrapping_add(NEIGHBOURS - 1));
        // What is missed again and again must come to be worth a place.
        self.tell(slot);
        let used = |slot| self.entries.pin().get(&slot).is_some_and(|entry| entry.take_use());
        self.empty(&self.store.admit(slot, weight, used));
        let replaced = self.entries.insert(slot, Arc::clone(entry));
        // One too many of a hash, or out of time. What has ended says so itself.
        if let Some(replaced) = replaced.filter(|entry| entry.dependencies().are_alive()) {
            replaced.leave();
            self.counts.evicted.add(usize::from(free.is_none()));
        }
        self.make_room();
        // The store may have given the slot up before there was anything in it to remove.
        if !self.store.holds(slot) && self.entries.remove_this(&slot, entry) {
            entry.leave();
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
                self.entries.flush();
            }
        }
    }

    /// Where the entry of `key` may be put without taking another's place: where it lies, or where nothing
    /// lives.
    fn free_slot(&self, hash: u64, key: &K) -> Option<u64> {
        let entries = self.entries.pin();
        let free = |slot: &u64| match entries.get(slot) {
            None => true,
            Some(entry) => entry.key() == key || !entry.dependencies().are_alive(),
        };
        slots(hash).find(free)
    }
}

impl<K: Send + Sync, V: Send + Sync> AnyMemo for Memo<K, V> {
    fn stats(&self) -> Stats {
        self.stats()
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn clear(&self) {
        self.clear();
    }
}
