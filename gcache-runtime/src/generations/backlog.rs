//! How many ended entries may still be in a memo: tells a sweep that there is nothing to do.

use crate::sync::{AtomicCount, AtomicFlag, Ordering};

static BACKLOG: Backlog = Backlog {
    ended: AtomicCount::new(0),
    waiting: AtomicCount::new(0),
    swept: AtomicCount::new(0),
    uncounted: AtomicFlag::new(false),
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
    /// Whether more than `waiting` may be in their memos, as far as was seen since then.
    uncounted: AtomicFlag,
}

/// Counts the entries that depend on a generation that has ended. A computation under way counts as well. Of the
/// entries that depend on a generation through keys, one for each key is counted.
pub(crate) fn note_ended(dependents: usize) {
    // mutant: ended-not-counted
    if dependents > 0 {
        // In this order: see `note_all_swept`.
        BACKLOG.ended.fetch_add(dependents as u64, Ordering::SeqCst);
        BACKLOG.waiting.fetch_add(dependents as u64, Ordering::SeqCst);
    }
}

/// Has all memos swept once more: an unknown number of entries has expired.
pub(crate) fn note_expired() {
    BACKLOG.uncounted.store(true, Ordering::SeqCst);
    BACKLOG.ended.fetch_add(1, Ordering::SeqCst);
}

/// Whether entries that were not counted may wait to be swept: they have expired, or more have ended than were counted.
pub(crate) fn is_any_uncounted() -> bool {
    BACKLOG.uncounted.load(Ordering::Relaxed)
}

/// Counts an ended entry that has left its memo.
pub(crate) fn note_entry_freed() {
    if unswept_entries() == 0 && is_any_unswept() {
        // More have ended than were counted, so the rest of them are swept at the pace of many.
        // mutant: uncounted-not-noticed
        return BACKLOG.uncounted.store(true, Ordering::SeqCst);
    }
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
        BACKLOG.uncounted.store(false, Ordering::SeqCst);
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
    BACKLOG.uncounted.store(false, Ordering::SeqCst);
    for count in [&BACKLOG.ended, &BACKLOG.waiting, &BACKLOG.swept] {
        count.store(0, Ordering::SeqCst);
    }
}
