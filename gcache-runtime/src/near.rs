//! The near table: entries that this thread has used more than once, in front of the map that all
//! threads share.
//!
//! It holds entries, not copies, and an entry says itself whether it is fresh and still in its memo. So
//! a hit here is as good as one there, and costs neither a guard nor a probe of the shared map.
//!
//! A thread has at most [`MOST`] slots for a memo, and no more than the power of two above the memo's
//! capacity. Entries that have ended, or left their memo, are dropped in passing: every [`SAMPLE`]th hit
//! and every miss of the thread looks at the next [`STRIDE`] of all its slots, unless nothing has died
//! since it last began with the first. The end of the thread drops the rest.

use crate::config::Bound;
use crate::entry::{self, Entry};
use crate::generation::{NOT_SEEN, everything};
use crate::key::Query;
use crate::memo::Memo;
use crate::stats::Share;
use crate::sync::{Arc, thread_local};
use smallvec::SmallVec;
use std::any::Any;
use std::cell::{Cell, RefCell};

/// How many slots a table has at most: 24 bytes each, a sixteenth of what an entry takes in its memo. It
/// begins with [`FEWEST`] and doubles while it is too small for what the thread uses.
const MOST: usize = 65536;

const FEWEST: usize = 8;

/// Of how many hits of a thread one is told to the store and followed by housekeeping. In the model check
/// each is.
const SAMPLE: u64 = if cfg!(gcache_model) { 1 } else { 64 };

/// Of how many hits the store is told after each miss, beside those of the sample. Where there are misses,
/// to know what is used saves more of them; where there are none, there is nothing to choose.
const TOLD: u32 = 16;

/// How many slots housekeeping looks at.
const STRIDE: usize = 4;

/// Of how many entries that find their places taken one gets in, once the table is as large as it may
/// be: where more is in use than fits, to admit all of it costs more than it brings.
const STUBBORN: usize = 16;

thread_local! {
    /// By the number of the memo.
    static TABLES: RefCell<Vec<Option<Box<dyn AnyTable>>>> = const { RefCell::new(Vec::new()) };

    /// Where housekeeping goes on.
    static NEXT: Cell<Next> = const { Cell::new(Next { table: 0, slot: 0, losses: 0 }) };
}

#[derive(Clone, Copy)]
struct Next {
    table: usize,
    slot: usize,
    /// The count of [`losses`] when this round through all slots began.
    losses: u64,
}

/// What this thread has used of one memo.
struct Table<K: 'static, V: 'static> {
    memo: &'static Memo<K, V>,
    hits: Arc<Share>,
    /// Of how many more hits the store is to be told.
    to_tell: Cell<u32>,
    /// Changed in moments without user code only, so that a `Clone` or `Drop` may call the same function.
    slots: RefCell<Slots<K, V>>,
}

struct Slots<K, V> {
    /// None, or as many as a power of two. Each entry has two places side by side.
    places: Vec<Option<Near<K, V>>>,
    /// How many entries have found both of their places taken.
    conflicts: usize,
    most: usize,
}

struct Near<K, V> {
    hash: u64,
    entry: Arc<Entry<K, V>>,
    /// The count of [`everything`] that was bumped, when the entry was last seen alive.
    seen: Cell<u64>,
}

/// A table, whatever its keys and values are.
trait AnyTable: Any {
    /// Drops what is dead among the slots from `first` on, and says whether there are more behind them.
    fn sweep(&self, first: usize) -> bool;
}

/// Reads the fresh entry of a key, if this thread has it at hand.
#[inline]
pub(crate) fn read<K: 'static, V: 'static, R>(
    number: usize,
    query: &impl Query<Key = K>,
    read: impl FnOnce(&Entry<K, V>) -> Option<R>,
) -> Option<R> {
    let found = TABLES.try_with(|tables| {
        let tables = tables.try_borrow().ok()?;
        let table: &dyn Any = &**tables.get(number)?.as_ref()?;
        let table: &Table<K, V> = table.downcast_ref()?;
        let hash = table.memo.hash(query);
        let slots = table.slots.try_borrow().ok()?;
        // 1. The key itself decides; the hash only says where to look.
        let near = slots.get(hash)?;
        if !query.is(near.entry.key()) {
            return None;
        }
        // 2. Whether the memo still has it; generations, unless nothing was bumped; time.
        if !near.entry.is_listed() || !near.is_fresh(table.memo) {
            return None;
        }
        // 3. Clone.
        let found = read(&near.entry)?;
        near.entry.note_use();
        // 4. Count, and now and then tell the store.
        Some((found, table.count_hit(hash)))
    });
    let (found, count) = found.ok().flatten()?;
    if count.is_multiple_of(SAMPLE) {
        sweep();
    }
    Some(found)
}

/// Counts a hit of `entry`, which was found in the memo, and keeps it at hand if that is worth it.
pub(crate) fn note<K: 'static, V: 'static>(
    memo: &'static Memo<K, V>,
    hash: u64,
    entry: &Arc<Entry<K, V>>,
) {
    entry.note_use();
    let noted = with_table(memo, |table| {
        let replaced = table.slots.try_borrow_mut().ok().map(|mut slots| slots.admit(hash, entry));
        drop(replaced);
        table.count_hit(hash)
    });
    match noted {
        Some(count) if count.is_multiple_of(SAMPLE) => sweep(),
        Some(_) => {}
        None => memo.counts.hits.add(),
    }
}

/// Notes that a call of `memo` found no entry.
pub(crate) fn note_miss<K: 'static, V: 'static>(memo: &'static Memo<K, V>) {
    with_table(memo, |table| table.to_tell.set(TOLD));
    sweep();
}

fn with_table<K: 'static, V: 'static, R>(
    memo: &'static Memo<K, V>,
    work: impl FnOnce(&Table<K, V>) -> R,
) -> Option<R> {
    let done = TABLES.try_with(|tables| {
        if let Ok(mut tables) = tables.try_borrow_mut() {
            if tables.len() <= memo.number {
                tables.resize_with(memo.number + 1, || None);
            }
            tables[memo.number].get_or_insert_with(|| Box::new(Table::new(memo)));
        }
        let tables = tables.try_borrow().ok()?;
        let table: &dyn Any = &**tables.get(memo.number)?.as_ref()?;
        table.downcast_ref().map(work)
    });
    done.ok().flatten()
}

/// Looks at the next few slots of this thread, and drops what is dead.
fn sweep() {
    let _ = TABLES.try_with(|tables| {
        let Ok(tables) = tables.try_borrow() else { return };
        let Next { table, slot, losses } = NEXT.with(Cell::get);
        let losses = match (table, slot) {
            // Nothing has died since the last round began.
            (0, 0) if losses == entry::losses() => return,
            (0, 0) => entry::losses(),
            _ => losses,
        };
        let more = match tables.get(table) {
            Some(Some(table)) => table.sweep(slot),
            _ => false,
        };
        let (table, slot) = match more {
            true => (table, slot + STRIDE),
            false if table + 1 < tables.len() => (table + 1, 0),
            false => (0, 0),
        };
        NEXT.with(|next| next.set(Next { table, slot, losses }));
    });
}

/// Drops all that is dead on this thread.
pub(crate) fn sweep_all() {
    let _ = TABLES.try_with(|tables| {
        let Ok(tables) = tables.try_borrow() else { return };
        for table in tables.iter().flatten() {
            let mut slot = 0;
            while table.sweep(slot) {
                slot += STRIDE;
            }
        }
    });
}

impl<K, V> Table<K, V> {
    fn new(memo: &'static Memo<K, V>) -> Self {
        let most = match memo.config.bound {
            Bound::Entries(max) => usize::try_from(max).unwrap_or(MOST).min(MOST),
            // What a thread held on to could weigh anything.
            Bound::Weight { .. } => 0,
        };
        let slots = RefCell::new(Slots { places: Vec::new(), conflicts: 0, most });
        Self { memo, hits: memo.counts.hits.share(), to_tell: Cell::new(0), slots }
    }

    /// Counts a hit, and tells the store of it if it is to know. Returns how many there were.
    #[inline]
    fn count_hit(&self, hash: u64) -> u64 {
        let count = self.hits.add();
        let to_tell = self.to_tell.get();
        if to_tell > 0 || count.is_multiple_of(SAMPLE) {
            self.to_tell.set(to_tell.saturating_sub(1));
            self.memo.tell(hash);
        }
        count
    }
}

impl<K: 'static, V: 'static> AnyTable for Table<K, V> {
    fn sweep(&self, first: usize) -> bool {
        let Ok(mut slots) = self.slots.try_borrow_mut() else { return false };
        let more = first + STRIDE < slots.places.len();
        let here = slots.places.iter_mut().skip(first).take(STRIDE);
        let dead: SmallVec<[_; STRIDE]> =
            here.filter_map(|slot| slot.take_if(|near| near.is_dead())).collect();
        // Dropped outside of the borrow: a destructor of the user's may call the function.
        drop(slots);
        drop(dead);
        more
    }
}

impl<K, V> Drop for Table<K, V> {
    fn drop(&mut self) {
        self.memo.counts.hits.give_back(&self.hits);
    }
}

impl<K, V> Near<K, V> {
    #[inline]
    fn is_fresh(&self, memo: &Memo<K, V>) -> bool {
        (self.seen.get() == everything() && self.entry.is_surely_in_time()) || self.look(memo)
    }

    #[inline(never)]
    fn look(&self, memo: &Memo<K, V>) -> bool {
        // Read before the generations: a bump ends its generations first and is counted after, so a
        // count that has it finds them ended.
        let now = everything();
        let fresh = memo.is_fresh(self.hash, &self.entry, self.entry.dependencies().are_alive());
        if fresh {
            self.seen.set(now);
        }
        fresh
    }

    fn is_dead(&self) -> bool {
        !self.entry.is_listed() || !self.entry.dependencies().are_alive()
    }
}

impl<K, V> Slots<K, V> {
    #[inline]
    fn get(&self, hash: u64) -> Option<&Near<K, V>> {
        let place = self.place(hash);
        let of_hash =
            |place: usize| self.places.get(place)?.as_ref().filter(|near| near.hash == hash);
        of_hash(place).or_else(|| of_hash(beside(place)))
    }

    #[inline]
    fn place(&self, hash: u64) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "the low bits choose the place")]
        let hash = hash as usize;
        hash & self.places.len().wrapping_sub(1)
    }

    /// Puts `entry` in one of its two places, or not. Returns what it replaced, to be dropped elsewhere.
    fn admit(&mut self, hash: u64, entry: &Arc<Entry<K, V>>) -> Option<Near<K, V>> {
        if self.most == 0 {
            return None;
        }
        if self.places.is_empty() {
            self.grow();
        }
        let place = self.vacancy(hash).or_else(|| self.contend(hash))?;
        let near = Near { hash, entry: Arc::clone(entry), seen: Cell::new(NOT_SEEN) };
        self.places[place].replace(near)
    }

    /// Where an entry of `hash` may be put that finds its places taken. Those who took them are not looked
    /// at, dead or alive: that would cost more than the hit.
    fn contend(&mut self, hash: u64) -> Option<usize> {
        self.conflicts += 1;
        if self.conflicts > self.places.len() && self.places.len() < self.most {
            self.grow();
            return self.vacancy(hash);
        }
        self.conflicts.is_multiple_of(STUBBORN).then(|| self.place(hash))
    }

    /// Where an entry of `hash` may be put without taking another's place.
    fn vacancy(&self, hash: u64) -> Option<usize> {
        let pair = [self.place(hash), beside(self.place(hash))];
        let there = |place: usize| self.places[place].as_ref().map(|near| near.hash);
        let own = pair.into_iter().find(|&place| there(place) == Some(hash));
        own.or_else(|| pair.into_iter().find(|&place| there(place).is_none()))
    }

    /// Doubles the slots. The two that shared a pair before are no more than a pair after.
    fn grow(&mut self) {
        let slots = (self.places.len() * 2).max(FEWEST);
        let old = std::mem::replace(
            &mut self.places,
            std::iter::repeat_with(|| None).take(slots).collect(),
        );
        self.conflicts = 0;
        for near in old.into_iter().flatten() {
            let place = self.vacancy(near.hash).expect("a pair takes what one pair had");
            self.places[place] = Some(near);
        }
    }
}

/// The other place of the pair.
fn beside(place: usize) -> usize {
    place ^ 1
}

impl<K: 'static, V: 'static> std::fmt::Debug for Table<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("memo", &self.memo.number).finish_non_exhaustive()
    }
}
