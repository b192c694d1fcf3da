//! The races.

use crate::contestant::Contestant;
use crate::world;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What came of the three races.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// An invalidation while the value is computed: whether a call after both is answered freshly.
    pub computing: bool,
    /// A call after the invalidation has returned, while the doomed computation still runs.
    pub late: Late,
    /// Invalidations that follow each other as fast as they can, with one call between two of them:
    /// whether each call is answered freshly.
    pub twice: bool,
}

impl Outcome {
    /// Whether all answers were fresh.
    pub fn is_fresh(&self) -> bool {
        self.computing && self.late.fresh && self.twice
    }
}

/// What a late caller met with.
#[derive(Clone, Copy, Debug)]
pub struct Late {
    /// Whether it was answered freshly.
    pub fresh: bool,
    /// Whether it was answered only after the doomed computation had gone on.
    pub waited: bool,
    /// How long the answer took.
    pub answer: Duration,
    /// How long the invalidation before it took.
    pub invalidation: Duration,
}

/// How many invalidations follow each other in the third race.
const ROUNDS: u64 = 1000;

/// Stages the three races. A doomed computation is held for `hold` at most.
///
/// # Panics
/// Panics if the cached function does not call [`compute`](crate::compute), or panics.
pub fn race(contestant: &Contestant, hold: Duration) -> Outcome {
    Outcome {
        computing: while_computing(contestant, hold),
        late: late_caller(contestant, hold),
        twice: twice(contestant),
    }
}

/// The computation goes on once the invalidation has returned, or after `hold`, for those whose
/// invalidation waits for the computation.
fn while_computing(contestant: &Contestant, hold: Duration) -> bool {
    let row = new_row();
    let control = world::hold_next(row, hold);
    thread::scope(|scope| {
        scope.spawn(|| (contestant.read)(row));
        control.arrived();
        world::write(row, 2);
        (contestant.invalidate)(row);
        control.leave();
    });
    (contestant.read)(row) == 2
}

/// The computation goes on after `hold`, or once the late caller has its answer.
fn late_caller(contestant: &Contestant, hold: Duration) -> Late {
    let row = new_row();
    let control = world::hold_next(row, hold);
    thread::scope(|scope| {
        scope.spawn(|| (contestant.read)(row));
        control.arrived();
        world::write(row, 2);
        let ((), invalidation) = timed(|| (contestant.invalidate)(row));
        let (value, answer) = timed(|| (contestant.read)(row));
        let waited = control.has_left();
        control.leave();
        Late { fresh: value == 2, waited, answer, invalidation }
    })
}

/// One thread, nothing else: microseconds lie between two invalidations, so a clock that is coarser
/// gives both the same time.
fn twice(contestant: &Contestant) -> bool {
    let row = new_row();
    let mut fresh = true;
    for value in 1..=ROUNDS {
        world::write(row, value);
        (contestant.invalidate)(row);
        fresh &= (contestant.read)(row) == value;
    }
    fresh
}

/// A row that no race has used yet, with the value 1.
fn new_row() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let row = NEXT.fetch_add(1, Ordering::Relaxed);
    world::write(row, 1);
    row
}

fn timed<R>(work: impl FnOnce() -> R) -> (R, Duration) {
    let begun = Instant::now();
    let result = work();
    (result, begun.elapsed())
}
