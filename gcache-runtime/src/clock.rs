//! The bump clock: a count of invalidations, which puts computations and bumps in order.

use crate::sync::{AtomicU64, Ordering};

/// A moment on the bump clock. Not a time: it advances only when something is bumped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tick(u64);

static CLOCK: AtomicU64 = AtomicU64::new(1);

impl Tick {
    /// Before every bump.
    pub(crate) const NEVER: Self = Self(0);
    /// After every bump.
    pub(crate) const END: Self = Self(u64::MAX);

    /// The tick of the last bump that has begun.
    pub(crate) fn now() -> Self {
        Self(CLOCK.load(Ordering::SeqCst))
    }

    pub(crate) fn as_u64(self) -> u64 {
        self.0
    }

    /// A tick later than all that [`Tick::now`] has returned.
    pub(crate) fn next() -> Self {
        Self(CLOCK.fetch_add(1, Ordering::SeqCst) + 1)
    }
}

/// A tick that several threads move forward.
#[derive(Debug)]
pub(crate) struct LastTick(AtomicU64);

impl LastTick {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(Tick::NEVER.0))
    }

    pub(crate) fn get(&self) -> Tick {
        Tick(self.0.load(Ordering::SeqCst))
    }

    pub(crate) fn advance(&self, tick: Tick) {
        self.0.fetch_max(tick.0, Ordering::SeqCst);
    }
}
