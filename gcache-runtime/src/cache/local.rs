//! The thread-local cache: entries that this thread has used more than once, in front of the map that all threads
//! share.
//!
//! An entry is valid here if it is valid in the map and the memo has not removed it. So a hit here is as good as one
//! there, and costs neither a guard nor a probe of the shared map.
//!
//! Dead entries, which have ended or were removed from their memo, are dropped in passing: every [`SAMPLE`]th hit and
//! every miss of the thread sweeps a few sets, unless the epoch stands still since the last round began. The end of the
//! thread drops the rest.

use crate::cache::admission::{Dead, MOST};
use crate::cache::buckets::{
    Buckets, CompactEpoch, Indirect, Inlined, Resident, is_inlined, quick_hash,
};
use crate::cache::entry::Entry;
use crate::cache::maintenance;
use crate::cache::memo::{Memo, Vacant};
use crate::config::Bound;
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
struct LocalCaches {
    /// By the number of the memo.
    caches: Vec<Option<AnyLocalCache>>,
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
struct LocalCache<R: Resident> {
    memo: &'static Memo<R::Key, R::Value>,
    buckets: Buckets<R>,
    hits: Arc<Share>,
    /// At which count of hits there is more to do than to count.
    maintain_at: u64,
    /// How many more hits the eviction policy is to record.
    to_record: u32,
}

/// A local cache, whatever its keys and values are.
struct AnyLocalCache {
    /// The cache alone.
    cache: AnyVec,
    sweep: fn(&mut AnyVec, first: usize, effort: &mut usize, &mut Dead) -> Option<usize>,
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
        Some((found, cache.count_hit()))
    });
    let (found, to_maintain) = found.ok().flatten()?;
    // 5. Now and then tell the eviction policy, and sweep.
    if let Some(memo) = to_maintain {
        maintain::<R>(memo, memo.hash(query), false);
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
        insert(memo, key, epoch, Inlined::new(entry));
    } else {
        insert(memo, key, epoch, Indirect::new(entry));
    }
}

fn insert<R: Resident>(
    memo: &'static Memo<R::Key, R::Value>,
    key: Vacant,
    epoch: u64,
    resident: R,
) {
    let inserted = with_cache::<R, _>(memo, |cache, next| {
        let ways = cache.buckets.len();
        let replaced = cache.buckets.insert(key.quick_hash, resident, Some(epoch), || memo.len());
        if cache.buckets.len() > ways {
            next.epoch = None;
        }
        (replaced, cache.count_hit())
    });
    match inserted {
        Some((_, Some(memo))) => maintain::<R>(memo, key.hash, true),
        Some(_) => {}
        None => memo.counts.hits.add(),
    }
}

/// Records a call of `memo` that found no entry: the hits after it tell the eviction policy.
pub(super) fn record_miss<K: Clone + 'static, V: Clone + 'static>(memo: &'static Memo<K, V>) {
    if const { is_inlined::<K, V>() } {
        with_cache::<Inlined<K, V>, _>(memo, |cache, _| cache.record_miss());
    } else {
        with_cache::<Indirect<K, V>, _>(memo, |cache, _| cache.record_miss());
    }
    sweep(MISS);
    maintenance::after_miss();
}

/// Records a hit of `slot`, which `is_noted` on the entry or not, and sweeps if that is due.
#[cold]
fn maintain<R: Resident>(memo: &'static Memo<R::Key, R::Value>, slot: u64, is_noted: bool) {
    let due = with_cache::<R, _>(memo, |cache, _| cache.maintain());
    memo.record_access(slot, is_noted);
    if due == Some(true) {
        sweep(HITS);
        maintenance::after_hits();
    }
}

/// Sweeps the next few sets of this thread, as far as `effort` goes.
fn sweep(effort: usize) {
    // Destructors run after the borrow.
    drop(with_caches(|caches| caches.sweep(effort)));
}

/// Drops the dead entries that this thread holds of one memo.
pub(super) fn sweep_memo(number: usize) {
    drop(with_caches(|caches| {
        let mut dead = Dead::new();
        if let Some(Some(cache)) = caches.caches.get_mut(number) {
            (cache.sweep)(&mut cache.cache, 0, &mut { usize::MAX }, &mut dead);
        }
        dead
    }));
}

/// Works with the caches of this thread, under a borrow: `None` where they are borrowed already or gone.
fn with_caches<T>(work: impl FnOnce(&mut LocalCaches) -> T) -> Option<T> {
    let done = CACHES.try_with(|caches| Some(work(&mut *caches.try_borrow_mut().ok()?)));
    done.ok().flatten()
}

/// Works with this thread's cache of `memo`, under a borrow: `None` where there can be none.
fn with_cache<R: Resident, T>(
    memo: &'static Memo<R::Key, R::Value>,
    work: impl FnOnce(&mut LocalCache<R>, &mut SweepPosition) -> T,
) -> Option<T> {
    let done = with_caches(|LocalCaches { caches, next }| {
        if caches.len() <= memo.number {
            caches.resize_with(memo.number + 1, || None);
        }
        let new = || AnyLocalCache::new(LocalCache::<R>::new(memo));
        caches[memo.number].get_or_insert_with(new).get_mut().map(|cache| work(cache, next))
    });
    done.flatten()
}

impl LocalCaches {
    const fn new() -> Self {
        Self { caches: Vec::new(), next: SweepPosition { cache: 0, set: 0, epoch: None } }
    }

    /// Takes out dead entries, as far as `effort` goes.
    fn sweep(&mut self, mut effort: usize) -> Dead {
        let mut dead = Dead::new();
        while effort > 0 {
            let next = &mut self.next;
            if (next.cache, next.set) == (0, 0) {
                let epoch = Some(epoch());
                if next.epoch == epoch {
                    // Nothing has died since the last round began.
                    break;
                }
                next.epoch = epoch;
            }
            effort -= 1;
            let here = self.caches.get_mut(next.cache).and_then(Option::as_mut);
            let go_on = here
                .and_then(|here| (here.sweep)(&mut here.cache, next.set, &mut effort, &mut dead));
            next.set = go_on.unwrap_or(0);
            if go_on.is_none() {
                next.cache = if next.cache + 1 < self.caches.len() { next.cache + 1 } else { 0 };
            }
        }
        dead
    }
}

impl<R: Resident> LocalCache<R> {
    fn new(memo: &'static Memo<R::Key, R::Value>) -> Self {
        let most = match memo.config.bound {
            Bound::Entries(_) => MOST,
            // The entries that a thread holds on to could weigh anything.
            Bound::Weight { .. } => 0,
        };
        let hits = memo.counts.hits.share();
        Self { memo, buckets: Buckets::new(most), hits, maintain_at: SAMPLE, to_record: 0 }
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

    /// Counts a hit, and returns the memo if there is more to do.
    #[inline]
    fn count_hit(&self) -> Option<&'static Memo<R::Key, R::Value>> {
        (self.hits.add() >= self.maintain_at).then_some(self.memo)
    }

    fn record_miss(&mut self) {
        self.to_record = RECORDED;
        self.maintain_at = 0;
    }

    /// Sets the next hit that has more to do, and says whether to sweep.
    fn maintain(&mut self) -> bool {
        let count = self.hits.get();
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
        Self {
            cache: alone,
            sweep: |cache, first, effort, dead| {
                let cache = cache.downcast_mut::<LocalCache<R>>()?.get_mut(0)?;
                cache.buckets.sweep(first, effort, dead)
            },
        }
    }

    #[inline]
    fn get<R: Resident>(&self) -> Option<&LocalCache<R>> {
        self.cache.downcast_ref()?.get(0)
    }

    fn get_mut<R: Resident>(&mut self) -> Option<&mut LocalCache<R>> {
        self.cache.downcast_mut()?.get_mut(0)
    }
}

impl<R: Resident> Drop for LocalCache<R> {
    fn drop(&mut self) {
        self.memo.counts.hits.give_back(&self.hits);
    }
}
