//! The invalidation clock, a count of invalidations, which puts computations and invalidations in order; and a coarse
//! clock of real time.

use crate::sync::{AtomicU64, Ordering};
use std::time::Duration;

/// A moment on the invalidation clock. Not a time: it advances only when something is invalidated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timestamp(u64);

static CLOCK: AtomicU64 = AtomicU64::new(1);

impl Timestamp {
    /// Before every invalidation.
    pub(crate) const NEVER: Self = Self(0);
    /// After every invalidation.
    pub(crate) const END: Self = Self(u64::MAX);

    /// The timestamp of the last invalidation that has begun.
    pub(crate) fn now() -> Self {
        // mutant: clock-restarts
        Self(CLOCK.load(Ordering::SeqCst))
    }

    pub(crate) fn as_u64(self) -> u64 {
        self.0
    }

    /// A timestamp later than all that [`Timestamp::now`] has returned.
    pub(crate) fn next() -> Self {
        // mutant: clock-restarts-2
        Self(CLOCK.fetch_add(1, Ordering::SeqCst) + 1)
    }
}

/// A timestamp that several threads move forward.
#[derive(Debug)]
pub(crate) struct LastTimestamp(AtomicU64);

impl LastTimestamp {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(Timestamp::NEVER.0))
    }

    pub(crate) fn get(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    pub(crate) fn advance(&self, timestamp: Timestamp) {
        self.0.fetch_max(timestamp.0, Ordering::SeqCst);
    }
}

/// How far the coarse clock may lag behind the exact one: the longest time between two timestamps of a
/// common kernel is 10 ms.
// mutant: coarse-clock-trusted
const LAG: Duration = Duration::from_millis(20);

/// Whether the coarse clock is the exact one, read less often. Elsewhere it may drift from it, or be the
/// time of day, and goes unused.
const HAS_COARSE: bool = cfg!(any(target_os = "linux", target_os = "android", target_os = "macos"));

/// The coarse clock, in timestamps of its own: a quarter of the cost of [`std::time::Instant::now`].
#[inline]
pub(crate) fn coarse() -> u64 {
    if HAS_COARSE { coarsetime::Instant::now_without_cache_update().as_ticks() } else { u64::MAX }
}

/// A moment on the coarse clock: as long as it has not come, no more than `time` has passed on the exact
/// clock, if `begin` was read before that was.
pub(crate) fn surely(begin: u64, time: Duration) -> u64 {
    begin.saturating_add(coarsetime::Duration::from(time.saturating_sub(LAG)).as_ticks())
}
