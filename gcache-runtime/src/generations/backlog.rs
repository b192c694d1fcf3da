//! How many ended entries may still be in a memo: tells a sweep that there is nothing to do.

use super::generation::Generation;
use crate::clock::Timestamp;
use crate::sync::{Arc, AtomicCount, AtomicFlag, Ordering};

static BACKLOG: Backlog = Backlog {
    ended: AtomicCount::new(0),
    waiting: AtomicCount::new(0),
    swept: AtomicCount::new(0),
    expired: AtomicFlag::new(false),
};

/// Decides nothing but the pace of a sweep.
#[repr(align(128))]
struct Backlog {
    /// Counts entries that have ended. An entry that depends on two groups may be counted for both.
    ended: AtomicCount,
    /// How many of them have not left their memo, or a few more.
    waiting: AtomicCount,
    /// The count of `ended` at which no memo had any of them.
    swept: AtomicCount,
    /// Whether many may have run out of time since then.
    expired: AtomicFlag,
}

/// Ends `generation`, counts the entries that depend on it, and says whether this call has ended it.
pub(crate) fn end_counted(generation: &Arc<Generation>, timestamp: Timestamp) -> bool {
    let ended = generation.end(timestamp);
    if ended {
        // Besides the one that ends it. A computation under way counts as well.
        note_ended(Arc::strong_count(generation) - 1);
    }
    ended
}

fn note_ended(dependents: usize) {
    // mutant: ended-not-counted
    if dependents > 0 {
        // In this order: see `note_all_swept`.
        BACKLOG.ended.fetch_add(dependents as u64, Ordering::SeqCst);
        BACKLOG.waiting.fetch_add(dependents as u64, Ordering::SeqCst);
    }
}

/// Has all memos swept once more: an unknown number of entries has expired.
pub(crate) fn note_expired() {
    BACKLOG.expired.store(true, Ordering::SeqCst);
    BACKLOG.ended.fetch_add(1, Ordering::SeqCst);
}

/// Whether [`note_expired`] has had memos swept that have not been yet.
pub(crate) fn is_any_expired() -> bool {
    BACKLOG.expired.load(Ordering::Relaxed)
}

/// Counts an ended entry that has left its memo.
pub(crate) fn note_entry_freed() {
    take_off(1);
}

/// A count of all entries that have ended so far.
pub(crate) fn ended_entries() -> u64 {
    BACKLOG.ended.load(Ordering::SeqCst)
}

/// Whether any entry may have ended since all memos were last found swept.
pub(crate) fn is_any_unswept() -> bool {
    ended_entries() != BACKLOG.swept.load(Ordering::SeqCst)
}

/// How many entries have ended and were not seen to leave their memo, or a few more.
pub(crate) fn unswept_entries() -> u64 {
    BACKLOG.waiting.load(Ordering::Relaxed)
}

/// Notes that no memo had any of the first `swept` ended entries.
pub(crate) fn note_all_swept(swept: u64) {
    // Read first: an entry that ends from here on counts in `ended` before it counts in `waiting`.
    let waiting = BACKLOG.waiting.load(Ordering::SeqCst);
    if ended_entries() == swept {
        BACKLOG.swept.store(swept, Ordering::SeqCst);
        BACKLOG.expired.store(false, Ordering::SeqCst);
        take_off(waiting);
    }
}

fn take_off(count: u64) {
    let less = |waiting: u64| Some(waiting.saturating_sub(count));
    let _ = BACKLOG.waiting.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
}

/// Begins again, in each execution of the model check.
#[cfg(all(gcache_model, test))]
pub(crate) fn begin_execution() {
    BACKLOG.expired.store(false, Ordering::SeqCst);
    for count in [&BACKLOG.ended, &BACKLOG.waiting, &BACKLOG.swept] {
        count.store(0, Ordering::SeqCst);
    }
}
