//! Steps of the sweep of all memos, in passing: what has ended is let go of without a call that asks for it.
//!
//! Each miss and each 64th hit of a thread is a step, of whatever function. A step looks at a few residents of
//! one memo or more, whoever uses them, and the next step goes on with another memo. Now and then it frees what this
//! thread holds back.

use crate::cache::map;
use crate::generations;
use crate::registry::{self, Swept};
use crate::sync::{AtomicUsize, Ordering, thread_local};
use crate::thread;
use std::cell::Cell;

/// What is looked for in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occasion {
    Miss,
    /// One of many hits.
    Hit,
}

thread_local! {
    static THREAD: Thread = const {
        Thread { busy: Cell::new(false), clock: Cell::new(0), freed: Cell::new(0) }
    };
}

/// Where a thread is with its steps.
struct Thread {
    /// Whether one is under way: destructors may call, and make no steps.
    busy: Cell<bool>,
    /// Counts steps, by their [`Occasion::age`].
    clock: Cell<u32>,
    /// When it last freed what it holds back.
    freed: Cell<u32>,
}

/// How much there is to do in a step, as what it is to look at an entry that has been freed already.
const EFFORT: usize = if cfg!(gcache_model) { 8 } else { 64 };

/// At which age a thread frees what it holds back, once little waits to be swept: after some 800 hits, or 32
/// misses. To free it may take as long as a miss.
const AGED: u32 = 64;

/// After which age a step looks for what has ended, few as they may be, and for what has run out of time: some
/// 800 hits, or 32 misses.
const SELDOM: u32 = if cfg!(gcache_model) { 8 } else { AGED };

impl Occasion {
    /// What it adds to the age.
    fn age(self) -> u32 {
        match self {
            Self::Miss => AGED / 32,
            Self::Hit => AGED.div_ceil(13),
        }
    }

    /// How many entries that have ended make it sweep: a miss is mostly about to replace one by itself.
    fn pressing(self) -> u64 {
        match self {
            Self::Miss if !cfg!(gcache_model) => 64,
            _ => 1,
        }
    }

    /// Whether it sweeps where so many wait.
    fn is_pressed(self, waiting: u64) -> bool {
        waiting >= self.pressing() || generations::is_any_expired()
    }

    /// How far it goes.
    fn effort(self) -> usize {
        match self {
            Self::Miss => EFFORT / 2,
            Self::Hit => EFFORT,
        }
    }
}

/// Does the step that follows a miss.
pub(crate) fn after_miss() {
    step(Occasion::Miss);
}

/// Does the step that follows some hits.
pub(crate) fn after_hits() {
    // mutant: hits-do-not-sweep
    step(Occasion::Hit);
}

#[inline]
fn step(occasion: Occasion) {
    let _ = THREAD.try_with(|thread| {
        let before = thread.clock.get();
        let now = before.wrapping_add(occasion.age());
        thread.clock.set(now);
        let seldom = before / SELDOM != now / SELDOM;
        let waiting = generations::unswept_entries();
        if seldom || occasion.is_pressed(waiting) || thread.is_to_free(occasion, waiting) {
            thread.step(occasion, seldom);
        }
    });
}

impl Thread {
    #[cold]
    fn step(&self, occasion: Occasion, seldom: bool) {
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
            && (seldom || occasion.is_pressed(generations::unswept_entries()))
        {
            sweep_next(if seldom { EFFORT } else { occasion.effort() });
        }
        if seldom && registry::has_timed() {
            expire_next();
        }
        if self.is_to_free(occasion, generations::unswept_entries()) {
            self.freed.set(self.clock.get());
            // mutant: thread-holds
            map::flush();
        }
    }

    /// Whether what the thread holds back is to be freed.
    #[inline]
    fn is_to_free(&self, occasion: Occasion, waiting: u64) -> bool {
        let age = self.clock.get().wrapping_sub(self.freed.get());
        age >= AGED && waiting < occasion.pressing() && map::held_back() > 0
    }
}

/// Ends the step, though a destructor may panic.
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
        // Where there is one there are more.
        NEXT.store(if found { number } else { number + 1 }, Ordering::Relaxed);
    }
}

/// Has the next memo with limits in time let go of what has run out of it.
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
