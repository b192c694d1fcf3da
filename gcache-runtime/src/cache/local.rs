//! The thread-local cache: entries that this thread has used more than once, in front of the map that all threads
//! share.
//!
//! An entry is valid here if it is valid in the map and the memo has not removed it. So a hit here is as good as one
//! there, and costs neither a guard nor a probe of the shared map.
//!
//! Dead entries, which have ended or were removed from their memo, are dropped in passing: every [`SAMPLE`]th hit and
//! every miss of the thread sweeps a few sets, unless the epoch stands still since the last round began. The end of the
//! thread drops the rest. How many entries there may be is for `growth`.

use crate::budget::Reserved;
use crate::cache::buckets::{Buckets, Crowded, Left, quick_hash};
use crate::cache::entry::Entry;
use crate::cache::growth::AnyCache;
use crate::cache::maintenance;
use crate::cache::memo::{Memo, Vacant};
use crate::cache::resident::{CompactEpoch, Indirect, Inlined, Resident, is_inlined};
use crate::generations::epoch;
use crate::key::KeyRef;
use crate::stats::Share;
use crate::sync::{Arc, thread_local};
use any_vec::AnyVec;
use std::cell::{Cell, RefCell};

/// Of how many hits of a thread the eviction policy records one, and maintenance follows it. In the model check it is
/// one in two: a hit can find an ended entry before maintenance does.
const SAMPLE: u64 = if cfg!(gcache_model) { 2 } else { 64 };

/// How many hits after each miss the eviction policy records, beside those of the sample. Where there are misses, to
/// know what is used saves more of them; where there are none, there is nothing to choose.
const RECORDED: u32 = 16;

/// How far a miss sweeps the thread's cache: past 4 living entries, 16 dead ones or 32 empty sets.
const MISS: usize = 32;

/// How far [`SAMPLE`] hits sweep it.
const HITS: usize = 64;

thread_local! {
    /// Borrowed while the user's `Eq` and `Clone` run: a call inside of them finds it so, and does without the changes
    /// that it would make here.
    static CACHES: RefCell<LocalCaches> = const { RefCell::new(LocalCaches::new()) };
}

/// The entries that this thread holds.
pub(super) struct LocalCaches {
    /// By the number of the memo.
    caches: Vec<Option<AnyLocalCache>>,
    /// What all their tables take.
    pub(super) reserved: Reserved,
    next: SweepPosition,
}

/// Where the sweep goes on.
struct SweepPosition {
    cache: usize,
    set: usize,
    /// The [`epoch`] when this round through all caches began: the next round waits until it advances. None where
    /// residents were moved, and may have come to lie behind the sweep.
    epoch: Option<u64>,
}

/// The entries that this thread holds of one memo.
pub(super) struct LocalCache<R: Resident> {
    memo: &'static Memo<R::Key, R::Value>,
    pub(super) buckets: Buckets<R>,
    pub(super) hits: Hits,
}

/// The hits of a local cache.
pub(super) struct Hits {
    share: Arc<Share>,
    /// At which count there is more to do than to count.
    maintain_at: u64,
    /// How many more the eviction policy is to record.
    to_record: u32,
    /// How many count no more for whether the cache is to have room.
    aged: u64,
}

/// A local cache, whatever its keys and values are.
struct AnyLocalCache {
    /// The cache alone.
    cache: AnyVec,
    any: fn(&mut AnyVec) -> Option<&mut dyn AnyCache>,
}

/// Reads the fresh entry of a key, and its value, if this thread holds it. The memo is known by its number alone.
///
/// Inlined where `read` is of a type of the caller's own, as a closure in a generic function is.
#[inline]
pub(crate) fn get_local<K: Clone + 'static, V: Clone + 'static, T>(
    number: usize,
    query: impl KeyRef<Key = K>,
    read: impl FnOnce(&Arc<Entry<K, V>>, &V) -> Option<T>,
) -> Option<T> {
    if const { is_inlined::<K, V>() } {
        get_resident::<Inlined<K, V>, T>(number, query, read)
    } else {
        get_resident::<Indirect<K, V>, T>(number, query, read)
    }
}

#[inline]
fn get_resident<R: Resident, T>(
    number: usize,
    query: impl KeyRef<Key = R::Key>,
    read: impl FnOnce(&Arc<Entry<R::Key, R::Value>>, &R::Value) -> Option<T>,
) -> Option<T> {
    let found = CACHES.try_with(|caches| {
        let caches = caches.try_borrow().ok()?;
        let cache = caches.caches.get(number)?.as_ref()?.get::<R>()?;
        // 1. The key itself decides; the hash only says where to look.
        let (resident, validated) = cache.buckets.get(quick_hash(query), query)?;
        // 2. The epoch at which the entry was last found valid; if it has advanced, the entry itself.
        if !cache.buckets.is_valid(validated) && !cache.revalidate(resident, validated, query) {
            return None;
        }
        // 3. Clone.
        let found = read(resident.entry(), resident.value())?;
        // 4. Count.
        Some((found, cache.hits.count().then_some(cache.memo)))
    });
    let (found, to_maintain) = found.ok().flatten()?;
    // 5. Now and then tell the eviction policy, and sweep.
    if let Some(memo) = to_maintain {
        maintain(memo, memo.hash(query), false);
    }
    Some(found)
}

/// Counts a hit of `entry`, which was found in the shared map, and holds it if that is worth it. The entry was found
/// valid after `epoch` was read.
pub(super) fn record_hit<K: Clone + 'static, V: Clone + 'static>(
    memo: &'static Memo<K, V>,
    key: Vacant,
    epoch: u64,
    entry: &Arc<Entry<K, V>>,
) {
    if const { is_inlined::<K, V>() } {
        insert::<Inlined<K, V>>(memo, key, epoch, entry);
    } else {
        insert::<Indirect<K, V>>(memo, key, epoch, entry);
    }
}

fn insert<R: Resident>(
    memo: &'static Memo<R::Key, R::Value>,
    key: Vacant,
    epoch: u64,
    entry: &Arc<Entry<R::Key, R::Value>>,
) {
    // Destructors run after the borrow.
    let Some((inserted, to_maintain)) = put::<R>(memo, key, epoch, entry, true) else {
        return memo.counts.hits.add();
    };
    if inserted.is_err() {
        grow(memo.number);
        drop(put::<R>(memo, key, epoch, entry, false));
    }
    if to_maintain {
        maintain(memo, key.hash, true);
    }
}

/// Puts an entry into this thread's cache of its memo, and `counts` a hit. Says what it replaced, and whether there is
/// more to do; `None` where there can be no cache.
fn put<R: Resident>(
    memo: &'static Memo<R::Key, R::Value>,
    key: Vacant,
    epoch: u64,
    entry: &Arc<Entry<R::Key, R::Value>>,
    counts: bool,
) -> Option<(Result<Option<R>, Crowded>, bool)> {
    let put = |caches: &RefCell<LocalCaches>| {
        let mut caches = caches.try_borrow_mut().ok()?;
        let place = caches.place(memo.number);
        if place.is_none() {
            *place = Some(AnyLocalCache::new(LocalCache::<R>::new(memo)));
        }
        let cache = place.as_mut()?.cache.downcast_mut::<LocalCache<R>>()?.get_mut(0)?;
        let replaced = match memo.config.weigh {
            None => cache.buckets.insert(key.quick_hash, entry, epoch, || memo.len()),
            // The entries that a thread holds on to could weigh anything.
            Some(_) => Ok(None),
        };
        Some((replaced, counts && cache.hits.count()))
    };
    CACHES.try_with(put).ok().flatten()
}

/// Makes more room for the entries of a memo, if there is any.
fn grow(number: usize) {
    drop(with_caches(|caches| caches.grow(number)));
}

/// Records a call of memo `number` that found no entry: the hits after it tell the eviction policy.
pub(super) fn record_miss(number: usize) {
    with_caches(|caches| {
        if let Some(cache) = caches.cache(number) {
            cache.hits().record_next();
        }
    });
    sweep(MISS);
    maintenance::after_miss();
}

/// Records a hit of `slot`, which `is_noted` on the entry or not, and sweeps if that is due.
#[cold]
fn maintain<K, V>(memo: &'static Memo<K, V>, slot: u64, is_noted: bool) {
    let due = is_due(memo.number);
    memo.record_access(slot, is_noted);
    if due {
        sweep(HITS);
        maintenance::after_hits();
    }
}

/// Says when a hit of memo `number` is maintained next, and whether this one is followed by a sweep.
fn is_due(number: usize) -> bool {
    let due = with_caches(|caches| caches.cache(number).map(|cache| cache.hits().maintain()));
    due.flatten() == Some(true)
}

/// Sweeps the next few sets of this thread, as far as `effort` goes.
fn sweep(effort: usize) {
    // Destructors run after the borrow.
    drop(with_caches(|caches| caches.sweep(effort)));
}

/// Drops the dead entries that this thread holds of one memo.
pub(super) fn sweep_memo(number: usize) {
    drop(with_caches(|caches| {
        let mut left = Left::new();
        if let Some(cache) = caches.cache(number) {
            cache.sweep(0, &mut { usize::MAX }, &mut left);
        }
        left
    }));
}

/// Works with the caches of this thread, under a borrow: `None` where they are borrowed already or gone.
fn with_caches<T>(work: impl FnOnce(&mut LocalCaches) -> T) -> Option<T> {
    let done = CACHES.try_with(|caches| Some(work(&mut *caches.try_borrow_mut().ok()?)));
    done.ok().flatten()
}

impl LocalCaches {
    const fn new() -> Self {
        let next = SweepPosition { cache: 0, set: 0, epoch: None };
        Self { caches: Vec::new(), reserved: Reserved::new(), next }
    }

    /// Where the cache of a memo is to be.
    fn place(&mut self, number: usize) -> &mut Option<AnyLocalCache> {
        if self.caches.len() <= number {
            self.caches.resize_with(number + 1, || None);
        }
        &mut self.caches[number]
    }

    /// The cache of a memo.
    pub(super) fn cache(&mut self, number: usize) -> Option<&mut dyn AnyCache> {
        self.caches.get_mut(number)?.as_mut()?.any()
    }

    /// Each cache, with the number of its memo.
    pub(super) fn each(&mut self) -> impl Iterator<Item = (usize, &mut dyn AnyCache)> {
        let caches = self.caches.iter_mut().enumerate();
        caches.filter_map(|(number, cache)| Some((number, cache.as_mut()?.any()?)))
    }

    /// Has another round of the sweep follow this one: entries have moved.
    pub(super) fn begin_sweep_anew(&mut self) {
        self.next.epoch = None;
    }

    /// Takes out dead entries, as far as `effort` goes, and what there is no room for any more.
    fn sweep(&mut self, mut effort: usize) -> Left {
        let mut left = Left::new();
        self.trim(&mut left);
        while effort > 0 {
            let SweepPosition { cache, set, epoch: begun } = &mut self.next;
            if (*cache, *set) == (0, 0) {
                let epoch = Some(epoch());
                if *begun == epoch {
                    // Nothing has died since the last round began.
                    break;
                }
                *begun = epoch;
            }
            effort -= 1;
            let (at, first) = (*cache, *set);
            let go_on = self.cache(at).and_then(|cache| cache.sweep(first, &mut effort, &mut left));
            self.next.set = go_on.unwrap_or(0);
            if go_on.is_none() {
                self.next.cache = if at + 1 < self.caches.len() { at + 1 } else { 0 };
            }
        }
        left
    }
}

impl<R: Resident> LocalCache<R> {
    fn new(memo: &'static Memo<R::Key, R::Value>) -> Self {
        // It begins after a miss, of this thread or another.
        let hits =
            Hits { share: memo.counts.hits.share(), maintain_at: 0, to_record: RECORDED, aged: 0 };
        Self { memo, buckets: Buckets::new(), hits }
    }

    #[inline(never)]
    fn revalidate(
        &self,
        resident: &R,
        validated: &Cell<CompactEpoch>,
        query: impl KeyRef<Key = R::Key>,
    ) -> bool {
        let entry = resident.entry();
        let found = self.buckets.revalidate(entry, validated);
        found.is_some_and(|found| self.memo.may_serve(entry, found, || self.memo.hash(query)))
    }
}

impl Hits {
    /// Counts one, and says whether there is more to do.
    #[inline]
    fn count(&self) -> bool {
        self.share.add() >= self.maintain_at
    }

    /// Has the eviction policy record the next ones.
    fn record_next(&mut self) {
        self.to_record = RECORDED;
        self.maintain_at = 0;
    }

    /// How many there were, the older ones counting less.
    pub(super) fn recent(&self) -> u64 {
        self.share.get() - self.aged
    }

    /// Has those so far count half.
    pub(super) fn age(&mut self) {
        self.aged += self.recent() / 2;
    }

    /// Sets the next hit that has more to do, and says whether to sweep.
    fn maintain(&mut self) -> bool {
        let count = self.share.get();
        self.to_record = self.to_record.saturating_sub(1);
        let sample = count - count % SAMPLE + SAMPLE;
        self.maintain_at = if self.to_record > 0 { count + 1 } else { sample };
        count.is_multiple_of(SAMPLE)
    }
}

impl AnyLocalCache {
    fn new<R: Resident>(cache: LocalCache<R>) -> Self {
        let mut alone = AnyVec::with_capacity::<LocalCache<R>>(1);
        if let Some(mut alone) = alone.downcast_mut() {
            alone.push(cache);
        }
        Self { cache: alone, any: |alone| Some(alone.downcast_mut::<LocalCache<R>>()?.get_mut(0)?) }
    }

    #[inline]
    fn get<R: Resident>(&self) -> Option<&LocalCache<R>> {
        self.cache.downcast_ref()?.get(0)
    }

    fn any(&mut self) -> Option<&mut dyn AnyCache> {
        (self.any)(&mut self.cache)
    }
}

impl<R: Resident> Drop for LocalCache<R> {
    fn drop(&mut self) {
        self.memo.counts.hits.give_back(&self.hits.share);
    }
}

#[cfg(all(test, not(gcache_model)))]
mod tests;
