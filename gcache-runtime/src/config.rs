//! The options of a cached function.

use crate::basis::Basis;
use crate::rows::Rows;
use std::time::Duration;

/// How a memo bounds its entries and which values it stores.
///
/// | option | meaning | default |
/// | --- | --- | --- |
/// | [`capacity`](Self::capacity) | bound in entries | 10,000 |
/// | [`max_weight`](Self::max_weight) | bound by weight instead | – |
/// | [`ttl`](Self::ttl) | an entry lives no longer | none: invalidation is the rule, time the exception |
/// | [`idle`](Self::idle) | the same, since the last use | none |
/// | [`cache_if`](Self::cache_if) | store only values for which it is true | all |
///
/// A capacity, a weight or a time of zero stores nothing.
///
/// ```
/// use gcache_runtime::{Cached, Config};
/// use std::time::Duration;
///
/// let config = Config::new()
///     .max_weight(16_000_000_u64, |page: &String| u32::try_from(page.len()).unwrap_or(u32::MAX))
///     .idle(Duration::from_secs(600))
///     .cache_if(|page| !page.is_empty());
/// let pages: Cached<u64, String> = Cached::with("docs::heavy_pages", config);
/// assert!(pages.is_empty());
/// ```
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
    /// The defaults.
    pub fn new() -> Self {
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

    /// At most this weight of all entries together, of which each weighs what `weigh` says.
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
    #[doc(hidden)]
    pub fn rows(self, take: fn(&V, &mut Basis)) -> Self {
        Self { rows: Some(take), ..self }
    }

    /// Whether a store of so many entries needs to know which of them are used. While there is room for a
    /// third more it has nothing to choose; where it goes by weight or time, it may at any time.
    pub(crate) fn asks_for_uses(&self, entries: u64) -> bool {
        let crowded = match self.bound {
            Bound::Entries(max) => entries >= max - max / 4,
            Bound::Weight { .. } => true,
        };
        crowded || self.ttl.is_some() || self.idle.is_some()
    }

    /// Whether anything can be stored at all.
    pub(crate) fn stores(&self) -> bool {
        let room = match self.bound {
            Bound::Entries(max) | Bound::Weight { max, .. } => max > 0,
        };
        room && self.ttl != Some(Duration::ZERO) && self.idle != Some(Duration::ZERO)
    }
}

impl<V> Default for Config<V> {
    fn default() -> Self {
        Self::new()
    }
}

/// Adds what the rows of a value depend on.
pub fn take_rows<V: Rows>(value: &V, basis: &mut Basis) {
    value.take(basis);
}

/// A capacity or a weight, in whatever unsigned type the program counts: `u8` to `u64`, or `usize`.
pub trait Amount {
    /// The same as `u64`.
    #[doc(hidden)]
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
