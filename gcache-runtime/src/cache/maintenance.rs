//! Maintenance in passing: ended entries of all memos are removed without a call that asks for them.
//!
//! Each miss and each 64th hit of a thread, of whatever function, makes a step. A step looks at a few entries of one
//! memo or more, whichever threads use them, and the next step goes on with another memo. Now and then it frees the
//! removed values that this thread holds back.

use crate::cache::map;
use crate::generations;
use crate::registry::{self, Swept};
use crate::sync::{AtomicUsize, Ordering, thread_local};
use crate::thread;
use std::cell::Cell;

thread_local! {
    static THREAD: Thread = const {
        Thread { busy: Cell::new(false), clock: Cell::new(0), freed: Cell::new(0) }
    };
}

/// How far a thread is with its steps.
struct Thread {
    /// Whether one is under way: destructors may call, and make no steps.
    busy: Cell<bool>,
    /// Counts steps, by their [`Trigger::age`].
    clock: Cell<u32>,
    /// When it last freed the values that it holds back.
    freed: Cell<u32>,
}

/// The effort of a step: a look at an entry that has been freed already is one.
const EFFORT: usize = if cfg!(gcache_model) { 8 } else { 64 };

/// At which age a thread frees the values that it holds back, once little waits to be swept: after some 800 hits, or 32
/// misses. To free them may take as long as a miss.
const AGED: u32 = 64;

/// After which age a step looks for ended entries, few as they may be, and for expired ones: some 800 hits, or 32
/// misses.
const SELDOM: u32 = if cfg!(gcache_model) { 8 } else { AGED };

/// What sets a step off, and how much the step does.
struct Trigger {
    /// What it adds to the age of the thread.
    age: u32,
    /// How many ended entries make it sweep.
    pressing: u64,
    effort: usize,
}

const MISS: Trigger = Trigger {
    age: AGED / 32,
    // A miss is mostly about to replace an ended entry by itself.
    pressing: if cfg!(gcache_model) { 1 } else { 64 },
    effort: EFFORT / 2,
};

/// One of many hits.
const HITS: Trigger = Trigger { age: AGED.div_ceil(13), pressing: 1, effort: EFFORT };

impl Trigger {
    /// Whether it sweeps where so many entries wait.
    fn is_pressed(&self, waiting: u64) -> bool {
        waiting >= self.pressing || generations::is_any_uncounted()
    }
}

/// Does the step that follows a miss.
pub(super) fn after_miss() {
    step(&MISS);
}

/// Does the step that follows some hits.
pub(super) fn after_hits() {
    // mutant: hits-do-not-sweep
    step(&HITS);
}

#[inline]
fn step(trigger: &Trigger) {
    let _ = THREAD.try_with(|thread| {
        let before = thread.clock.get();
        let now = before.wrapping_add(trigger.age);
        thread.clock.set(now);
        let seldom = before / SELDOM != now / SELDOM;
        let waiting = generations::unswept_entries();
        if seldom || trigger.is_pressed(waiting) || thread.is_to_free(trigger, waiting) {
            thread.step(trigger, seldom);
        }
    });
}

impl Thread {
    #[cold]
    fn step(&self, trigger: &Trigger, seldom: bool) {
        // At the end of a thread nothing can be taken out.
        if thread::is_ending() || self.busy.replace(true) {
            return;
        }
        let _busy = Busy(&self.busy);
        if seldom {
            // mutant: sweep-leaves-doubted
            generations::notice_end_of_doubts();
        }
        if generations::is_any_unswept()
            && (seldom || trigger.is_pressed(generations::unswept_entries()))
        {
            sweep_next(if seldom { EFFORT } else { trigger.effort });
        }
        if seldom && registry::has_timed() {
            expire_next();
        }
        if self.is_to_free(trigger, generations::unswept_entries()) {
            self.freed.set(self.clock.get());
            // mutant: thread-holds
            map::flush();
        }
    }

    /// Whether to free the values that the thread holds back.
    #[inline]
    fn is_to_free(&self, trigger: &Trigger, waiting: u64) -> bool {
        let age = self.clock.get().wrapping_sub(self.freed.get());
        age >= AGED && waiting < trigger.pressing && map::held_back() > 0
    }
}

/// Ends the step, even where a destructor panics.
struct Busy<'a>(&'a Cell<bool>);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

/// Sweeps the next memos that may have ended entries.
fn sweep_next(mut effort: usize) {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    while effort > 0 {
        let ended = generations::ended_entries();
        let Some((number, memo)) = registry::find_memo(from(&NEXT), |memo| !memo.is_swept(ended))
        else {
            return generations::note_all_swept(ended);
        };
        let portion = effort.min(EFFORT / 4);
        let Swept { left, found } = memo.sweep(portion);
        effort -= portion - left;
        // Where there is one ended entry there are more.
        NEXT.store(if found { number } else { number + 1 }, Ordering::Relaxed);
    }
}

/// Has the next memo with limits in time evict its expired entries.
fn expire_next() {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    if let Some((number, memo)) = registry::find_memo(from(&NEXT), |memo| memo.is_timed()) {
        NEXT.store(number + 1, Ordering::Relaxed);
        memo.expire();
    }
}

/// Where a round goes on: in the model check, where each execution does the same, with the first.
fn from(next: &AtomicUsize) -> usize {
    if cfg!(gcache_model) { 0 } else { next.load(Ordering::Relaxed) }
}
