//! The options of a cached function.

use crate::generation::Basis;
use crate::rows::Rows;
use std::time::Duration;

/// How a memo bounds its entries and which values it stores.
#[derive(Clone, Debug)]
pub struct Config<V> {
    pub(crate) bound: Bound<V>,
    pub(crate) ttl: Option<Duration>,
    pub(crate) idle: Option<Duration>,
    pub(crate) cache_if: Option<fn(&V) -> bool>,
    /// Adds what the rows of a value depend on.
    pub(crate) rows: Option<fn(&V, &mut Basis)>,
}

/// What a memo's size is measured in.
#[derive(Clone, Debug)]
pub(crate) enum Bound<V> {
    Entries(u64),
    Weight { max: u64, weigh: fn(&V) -> u32 },
}

/// The bound of a memo that asks for none.
const DEFAULT_CAPACITY: u64 = 10_000;

/// Durations beyond this are as good as none, and the store refuses them.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

impl<V> Config<V> {
    pub(crate) fn new() -> Self {
        Self {
            bound: Bound::Entries(DEFAULT_CAPACITY),
            ttl: None,
            idle: None,
            cache_if: None,
            rows: None,
        }
    }

    /// At most this many entries.
    pub fn capacity<A: Amount>(self, capacity: A) -> Self {
        Self { bound: Bound::Entries(capacity.amount()), ..self }
    }

    /// At most this weight of all entries together.
    pub fn max_weight<A: Amount>(self, max: A, weigh: fn(&V) -> u32) -> Self {
        Self { bound: Bound::Weight { max: max.amount(), weigh }, ..self }
    }

    /// An entry lives no longer than this.
    pub fn ttl(self, ttl: Duration) -> Self {
        Self { ttl: Some(ttl.min(LONGEST)), ..self }
    }

    /// An entry lives no longer than this after its last use.
    pub fn idle(self, idle: Duration) -> Self {
        Self { idle: Some(idle.min(LONGEST)), ..self }
    }

    /// Only values for which this is true are stored.
    pub fn cache_if(self, cache_if: fn(&V) -> bool) -> Self {
        Self { cache_if: Some(cache_if), ..self }
    }

    /// An entry depends on what `take` adds for its value, too.
    pub fn rows(self, take: fn(&V, &mut Basis)) -> Self {
        Self { rows: Some(take), ..self }
    }

    /// Whether anything can be stored at all.
    pub(crate) fn stores(&self) -> bool {
        let room = match self.bound {
            Bound::Entries(max) | Bound::Weight { max, .. } => max > 0,
        };
        room && self.ttl != Some(Duration::ZERO) && self.idle != Some(Duration::ZERO)
    }
}

/// Adds what the rows of a value depend on.
pub fn take_rows<V: Rows>(value: &V, basis: &mut Basis) {
    value.take(basis);
}

/// A capacity or a weight, in whatever unsigned type the program counts.
pub trait Amount {
    /// The same as `u64`.
    fn amount(self) -> u64;
}

/// A weight as the store wants it. What is heavier weighs as much as can be said.
pub fn weight(amount: impl Amount) -> u32 {
    u32::try_from(amount.amount()).unwrap_or(u32::MAX)
}

macro_rules! amounts {
    ($($amount:ty),*) => {$(
        impl Amount for $amount {
            fn amount(self) -> u64 {
                u64::try_from(self).unwrap_or(u64::MAX)
            }
        }
    )*};
}

amounts!(u8, u16, u32, u64, usize);
