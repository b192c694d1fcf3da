//! The near table: entries that this thread has used more than once, in front of the map that all
//! threads share.
//!
//! It holds entries, and an entry is fresh here if it is fresh there and its memo still has it. So a hit
//! here is as good as one there, and costs neither a guard nor a probe of the shared map.
//!
//! Entries that have ended, or left their memo, are dropped in passing: every [`SAMPLE`]th hit and every
//! miss of the thread looks at the next few of all its places, unless nothing has died since it last began
//! with the first. The end of the thread drops the rest. A step of the sweep of all memos follows.

use crate::cache::buckets::{Dead, MOST, Place, Places, place_of};
use crate::cache::entry::Entry;
use crate::cache::inlined::{Bare, Copied, Face, is_copied};
use crate::cache::maintenance;
use crate::cache::memo::Memo;
use crate::config::Bound;
use crate::generations::epoch;
use crate::key::KeyRef;
use crate::stats::Share;
use crate::sync::{Arc, thread_local};
use any_vec::AnyVec;
use std::cell::RefCell;

/// Of how many hits of a thread one is told to the store and followed by housekeeping. In the model check
/// it is one in two, so that what has ended can be found by a hit before housekeeping finds it.
const SAMPLE: u64 = if cfg!(gcache_model) { 2 } else { 64 };

/// Of how many hits the store is told after each miss, beside those of the sample. Where there are misses,
/// to know what is used saves more of them; where there are none, there is nothing to choose.
const TOLD: u32 = 16;

/// How far a miss goes through the places of its thread: past 4 living entries, 16 dead ones or 32 empty pairs.
const MISS: usize = 32;

/// How far [`SAMPLE`] hits go.
const HITS: usize = 64;

thread_local! {
    /// Borrowed while the user's `Eq` and `Clone` run, so whatever they call finds it so, and does without
    /// what it would change here.
    static TABLES: RefCell<Tables> = const { RefCell::new(Tables::new()) };
}

/// What this thread has at hand.
struct Tables {
    /// By the number of the memo.
    tables: Vec<Option<AnyTable>>,
    next: Next,
}

/// Where housekeeping goes on.
struct Next {
    table: usize,
    pair: usize,
    /// The [`epoch`] when this round through all places began, if the next one may be left out
    /// while it stands still.
    epoch: Option<u64>,
}

/// What this thread has used of one memo.
struct Table<K: 'static, V: 'static, F> {
    memo: &'static Memo<K, V>,
    places: Places<K, V, F>,
    hits: Arc<Share>,
    /// At which count of hits there is more to do than to count.
    attend_at: u64,
    /// Of how many more hits the store is to be told.
    to_tell: u32,
}

/// A table, whatever its keys and values are.
struct AnyTable {
    /// The table alone.
    table: AnyVec,
    sweep: fn(&mut AnyVec, first: usize, effort: &mut usize, &mut Dead) -> Option<usize>,
}

/// The value of the fresh entry of a key, if the thread-local cache holds it. The memo is known by its number alone.
#[inline]
pub(crate) fn get_local<K: Clone + 'static, V: Clone + 'static>(
    number: usize,
    query: impl KeyRef<Key = K>,
) -> Option<V> {
    get_with(number, query, |_: &Arc<Entry<K, V>>, value| Some(value.clone()))
}

/// Reads the fresh entry of a key, and its value, if the thread-local cache holds it.
#[inline]
pub(crate) fn get_with<K: Clone + 'static, V: Clone + 'static, R>(
    number: usize,
    query: impl KeyRef<Key = K>,
    read: impl FnOnce(&Arc<Entry<K, V>>, &V) -> Option<R>,
) -> Option<R> {
    if const { is_copied::<K, V>() } {
        read_by::<K, V, Copied<K, V>, R>(number, query, read)
    } else {
        read_by::<K, V, Bare, R>(number, query, read)
    }
}

#[inline]
fn read_by<K: 'static, V: 'static, F: Face<K, V>, R>(
    number: usize,
    query: impl KeyRef<Key = K>,
    read: impl FnOnce(&Arc<Entry<K, V>>, &V) -> Option<R>,
) -> Option<R> {
    let found = TABLES.try_with(|tables| {
        let tables = tables.try_borrow().ok()?;
        let table = tables.tables.get(number)?.as_ref()?.get::<K, V, F>()?;
        // 1. The key itself decides; the hash only says where to look.
        let place = table.places.get(place_of(query), query)?;
        // 2. Whether anything has died since it was last seen alive; if so, a look at the entry.
        if !table.places.is_seen_alive(place) && !table.look(place, query) {
            return None;
        }
        // 3. Clone.
        let found = read(place.entry(), place.value())?;
        // 4. Count.
        Some((found, table.count_hit()))
    });
    let (found, to_attend) = found.ok().flatten()?;
    // 5. Now and then tell the store, and tidy up.
    if let Some(memo) = to_attend {
        attend::<K, V, F>(memo, memo.hash(query));
    }
    Some(found)
}

/// Counts a hit of `entry`, which was found in the memo, and keeps it at hand if that is worth it.
/// `place` is where [`place_of`] its key says; that it may be served was found out after `epoch` was
/// counted, if they were.
pub(crate) fn note<K: Clone + 'static, V: Clone + 'static>(
    memo: &'static Memo<K, V>,
    hash: u64,
    place: u32,
    epoch: Option<u64>,
    entry: &Arc<Entry<K, V>>,
) {
    if const { is_copied::<K, V>() } {
        note_by::<K, V, Copied<K, V>>(memo, hash, place, epoch, entry);
    } else {
        note_by::<K, V, Bare>(memo, hash, place, epoch, entry);
    }
}

fn note_by<K: 'static, V: 'static, F: Face<K, V>>(
    memo: &'static Memo<K, V>,
    hash: u64,
    place: u32,
    epoch: Option<u64>,
    entry: &Arc<Entry<K, V>>,
) {
    let face = F::of(entry);
    let noted = with_table::<K, V, F, _>(memo, |table, next| {
        let places = table.places.len();
        let replaced = table.places.admit(place, entry, face, epoch, || memo.len());
        if table.places.len() > places {
            next.begin_again();
        }
        (replaced, table.count_hit())
    });
    match noted {
        Some((_, Some(memo))) => attend::<K, V, F>(memo, hash),
        Some(_) => {}
        None => memo.counts.hits.add(),
    }
}

/// Notes that a call of `memo` found no entry.
pub(crate) fn note_miss<K: Clone + 'static, V: Clone + 'static>(memo: &'static Memo<K, V>) {
    if const { is_copied::<K, V>() } {
        with_table::<K, V, Copied<K, V>, _>(memo, |table, _| table.note_miss());
    } else {
        with_table::<K, V, Bare, _>(memo, |table, _| table.note_miss());
    }
    sweep(MISS);
    maintenance::after_miss();
}

/// Tells the store of a hit of `slot`, and does some housekeeping if it is due.
#[cold]
fn attend<K: 'static, V: 'static, F: Face<K, V>>(memo: &'static Memo<K, V>, slot: u64) {
    let due = with_table::<K, V, F, _>(memo, |table, _| table.attend());
    memo.record_access(slot);
    if due == Some(true) {
        sweep(HITS);
        maintenance::after_hits();
    }
}

/// Works with this thread's table of `memo`, under a borrow: `None` where it is not to be had.
fn with_table<K: 'static, V: 'static, F: Face<K, V>, R>(
    memo: &'static Memo<K, V>,
    work: impl FnOnce(&mut Table<K, V, F>, &mut Next) -> R,
) -> Option<R> {
    let done = TABLES.try_with(|tables| {
        let Tables { tables, next } = &mut *tables.try_borrow_mut().ok()?;
        if tables.len() <= memo.number {
            tables.resize_with(memo.number + 1, || None);
        }
        let new = || AnyTable::new(Table::<K, V, F>::new(memo));
        tables[memo.number].get_or_insert_with(new).get_mut().map(|table| work(table, next))
    });
    done.ok().flatten()
}

/// Looks at the next few places of this thread, as far as `effort` goes, and drops what is dead.
fn sweep(effort: usize) {
    let mut dead = Dead::new();
    let _ = TABLES.try_with(|tables| {
        if let Ok(mut tables) = tables.try_borrow_mut() {
            tables.sweep(effort, &mut dead);
        }
    });
}

/// Drops the dead entries that this thread's cache holds of one memo.
pub(crate) fn sweep_memo(number: usize) {
    let mut dead = Dead::new();
    let _ = TABLES.try_with(|tables| {
        let Ok(mut tables) = tables.try_borrow_mut() else { return };
        let Some(Some(table)) = tables.tables.get_mut(number) else { return };
        let mut next = Some(0);
        while let Some(pair) = next {
            next = table.sweep(pair, &mut { usize::MAX }, &mut dead);
        }
    });
}

impl Next {
    /// Has another round follow this one: what a table that grows moves may have come to lie behind it.
    fn begin_again(&mut self) {
        self.epoch = None;
    }
}

impl Tables {
    const fn new() -> Self {
        Self { tables: Vec::new(), next: Next { table: 0, pair: 0, epoch: None } }
    }

    fn sweep(&mut self, mut effort: usize, dead: &mut Dead) {
        while effort > 0 {
            let next = &mut self.next;
            if (next.table, next.pair) == (0, 0) {
                let epoch = Some(epoch());
                if next.epoch == epoch {
                    // Nothing has died since the last round began.
                    return;
                }
                next.epoch = epoch;
            }
            effort -= 1;
            let here = self.tables.get_mut(next.table).and_then(Option::as_mut);
            match here.and_then(|table| table.sweep(next.pair, &mut effort, dead)) {
                Some(pair) => next.pair = pair,
                None => {
                    next.pair = 0;
                    next.table =
                        if next.table + 1 < self.tables.len() { next.table + 1 } else { 0 };
                }
            }
        }
    }
}

impl<K, V, F: Face<K, V>> Table<K, V, F> {
    fn new(memo: &'static Memo<K, V>) -> Self {
        let most = match memo.config.bound {
            Bound::Entries(_) => MOST,
            // What a thread held on to could weigh anything.
            Bound::Weight { .. } => 0,
        };
        Self {
            memo,
            places: Places::new(most),
            hits: memo.counts.hits.share(),
            attend_at: SAMPLE,
            to_tell: 0,
        }
    }

    #[inline(never)]
    fn look(&self, place: Place<'_, K, V, F>, query: impl KeyRef<Key = K>) -> bool {
        let found = self.places.look(place);
        found.is_some_and(|found| {
            self.memo.may_serve(place.entry(), found, || self.memo.hash(query))
        })
    }

    /// Counts a hit, and returns the memo if there is more to do.
    #[inline]
    fn count_hit(&self) -> Option<&'static Memo<K, V>> {
        (self.hits.add() >= self.attend_at).then_some(self.memo)
    }

    fn note_miss(&mut self) {
        self.to_tell = TOLD;
        self.attend_at = 0;
    }

    /// Says when to attend next, and whether housekeeping is due.
    fn attend(&mut self) -> bool {
        let count = self.hits.get();
        self.to_tell = self.to_tell.saturating_sub(1);
        let sample = count - count % SAMPLE + SAMPLE;
        self.attend_at = if self.to_tell > 0 { count + 1 } else { sample };
        count.is_multiple_of(SAMPLE)
    }
}

impl AnyTable {
    fn new<K: 'static, V: 'static, F: Face<K, V>>(table: Table<K, V, F>) -> Self {
        let mut alone = AnyVec::with_capacity::<Table<K, V, F>>(1);
        if let Some(mut alone) = alone.downcast_mut() {
            alone.push(table);
        }
        Self {
            table: alone,
            sweep: |table, first, effort, dead| {
                let table = table.downcast_mut::<Table<K, V, F>>()?.get_mut(0)?;
                table.places.sweep(first, effort, dead)
            },
        }
    }

    #[inline]
    fn get<K: 'static, V: 'static, F: 'static>(&self) -> Option<&Table<K, V, F>> {
        self.table.downcast_ref()?.get(0)
    }

    fn get_mut<K: 'static, V: 'static, F: 'static>(&mut self) -> Option<&mut Table<K, V, F>> {
        self.table.downcast_mut()?.get_mut(0)
    }

    /// Takes out what is dead among the next few places, from the pair `first` on, as far as `effort` goes, and
    /// says where to go on.
    fn sweep(&mut self, first: usize, effort: &mut usize, dead: &mut Dead) -> Option<usize> {
        (self.sweep)(&mut self.table, first, effort, dead)
    }
}

impl<K, V, F> Drop for Table<K, V, F> {
    fn drop(&mut self) {
        self.memo.counts.hits.give_back(&self.hits);
    }
}

impl<K: 'static, V: 'static, F> std::fmt::Debug for Table<K, V, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("memo", &self.memo.number).finish_non_exhaustive()
    }
}
