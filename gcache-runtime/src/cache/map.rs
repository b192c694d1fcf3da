//! The lock-free map behind hits. This file alone names `papaya`.
//!
//! Removed values are freed once the readers that were inside have left, in batches: each thread has one of up to
//! [`BATCH`] for all memos, which it frees at the latest when it ends.
//!
//! At the end of a thread, when it has no number any more, maps can be read but not changed. Removals do nothing: each
//! removed entry was marked as ended before. No caller inserts.

use crate::hashing::IdentityHasher;
use crate::sync::{Arc, LazyLock};
use crate::thread;
use papaya::{Compute, HashMap, HashMapRef, Operation};
use seize::{Collector, Guard as _, LocalGuard, OwnedGuard};
use std::cell::Cell;

/// How many removed values a thread holds back, of all memos, before it frees them together: to free them
/// interrupts every core that runs a thread of the process.
const BATCH: u32 = 32;

/// Frees the removed values of all memos. One for all, so that a thread has one batch, and can free it whatever is in
/// it.
static MEMOS: LazyLock<Arc<Collector>> = LazyLock::new(|| {
    // mutant: ended-thread-holds
    thread::at_the_end(flush_all);
    Arc::new(Collector::new().batch_size(BATCH as usize))
});

/// Makes a batch long enough: see [`flush`].
static FILLER: LazyLock<HashMap<u64, (), IdentityHasher>> = LazyLock::new(|| {
    HashMap::builder()
        .hasher(IdentityHasher::default())
        .shared_collector(Arc::clone(&MEMOS))
        .build()
});

thread_local! {
    /// How many removed values this thread holds back.
    static HELD_BACK: Cell<u32> = const { Cell::new(0) };
}

/// How many removed values of memos this thread holds back.
pub(crate) fn held_back() -> u32 {
    HELD_BACK.get()
}

/// Frees the removed values of memos that this thread holds back.
pub(crate) fn flush() {
    if !thread::is_ending() {
        flush_among(thread::most().min(READERS));
    }
}

/// How many threads are inside of a map at the same moment: a read takes some hundred nanoseconds.
const READERS: usize = 64;

/// Frees the values that this thread holds back, while up to so many `readers` are inside.
fn flush_among(readers: usize) {
    HELD_BACK.set(0);
    let guard = MEMOS.enter();
    // A batch is handed to the readers inside, a member to each, and is left as it is where it has too few.
    for _ in 0..readers {
        FILLER.insert(0, (), &guard);
    }
    guard.flush();
}

/// Frees the values that this thread holds back at its end, and those that their destructors remove.
fn flush_all() {
    for _ in 0..BATCH {
        if held_back() > 0 {
            flush_among(thread::most());
        }
    }
}

/// Notes that this thread holds one value more back. A full batch is freed on the way, unless there may be
/// more readers inside than it has members.
fn note_removal() {
    let count = HELD_BACK.get().saturating_add(1);
    let freed = count >= BATCH && thread::most() <= BATCH as usize;
    HELD_BACK.set(if freed { 0 } else { count });
}

/// The entries of a memo, by slot. Any thread may free the removed ones.
pub(crate) struct Map<T>(HashMap<u64, Arc<T>, IdentityHasher>);

impl<T> Map<T> {
    pub(crate) fn new() -> Self
    where
        T: Send + Sync + 'static,
    {
        let builder = HashMap::builder().hasher(IdentityHasher::default());
        Self(builder.shared_collector(Arc::clone(&MEMOS)).build())
    }

    /// Enters the map, for reads in place: a value that was read stays until the guard is dropped.
    #[inline]
    pub(crate) fn pin(&self) -> Pinned<'_, T> {
        if thread::is_ending() {
            Pinned::AtTheEnd(self.0.pin_owned())
        } else {
            Pinned::Here(self.0.pin())
        }
    }

    /// Returns the value that `value` has replaced.
    pub(crate) fn insert(&self, slot: u64, value: Arc<T>) -> Option<Arc<T>> {
        let replaced = self.0.pin().insert(slot, value).cloned();
        if replaced.is_some() {
            note_removal();
        }
        replaced
    }

    /// Puts `value` in the place of the one that lies in `slot`, if one does, and returns that one.
    pub(crate) fn replace(&self, slot: u64, value: &Arc<T>) -> Option<Arc<T>> {
        let map = self.0.pin();
        let put = |held: Option<_>| match held {
            Some(_) => Operation::Insert(Arc::clone(value)),
            None => Operation::Abort(()),
        };
        let Compute::Updated { old: (_, replaced), .. } = map.compute(slot, put) else {
            return None;
        };
        note_removal();
        Some(Arc::clone(replaced))
    }

    /// Empties `slot` if it still holds `value`, and says whether it did.
    pub(crate) fn remove_this(&self, slot: u64, value: &Arc<T>) -> bool {
        let is_this = |_: &u64, held: &Arc<T>| Arc::ptr_eq(held, value);
        let removed =
            !thread::is_ending() && matches!(self.0.pin().remove_if(&slot, is_this), Ok(Some(_)));
        if removed {
            note_removal();
        }
        removed
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// A map that is being read.
pub(crate) enum Pinned<'map, T> {
    /// By this thread.
    Here(HashMapRef<'map, u64, Arc<T>, IdentityHasher, LocalGuard<'map>>),
    /// At the end of a thread.
    AtTheEnd(HashMapRef<'map, u64, Arc<T>, IdentityHasher, OwnedGuard<'map>>),
}

impl<T> Pinned<'_, T> {
    #[inline]
    pub(crate) fn get(&self, slot: u64) -> Option<&Arc<T>> {
        match self {
            Self::Here(map) => map.get(&slot),
            Self::AtTheEnd(map) => map.get(&slot),
        }
    }
}
