//! The options of a cached function.

use crate::flights::Patience;
use crate::generations::DependencySet;
use crate::groups::Rows;
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
/// | [`patience`](Self::patience) | a call waits no longer for another's computation | 10 s |
///
/// A capacity, a weight, a `ttl` or an `idle` of zero stores nothing. A patience of zero waits for nobody.
///
/// ```
/// use gcache::{Cached, Config};
/// use std::time::Duration;
///
/// let config = Config::new()
///     .max_weight(16_000_000_u64, |page: &String| page.len() as u64)
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
    pub(crate) patience: Patience,
    /// Adds what the rows of a value depend on.
    pub(crate) rows: Option<fn(&V, &mut DependencySet)>,
}

/// What a memo's size is measured in.
#[derive(Clone, Debug)]
pub(crate) enum Bound<V> {
    Entries(u64),
    Weight { max: u64, weigh: fn(&V) -> u64 },
}

/// About how many bytes an entry takes in a full memo beside its key and value: in the tables, and for what it
/// depends on.
///
/// For a `weigh` of which the sum is to be the memory that a memo takes, as that of web pages:
///
/// ```
/// use gcache::{Cached, Config, ENTRY_BYTES, GENERATION_BYTES};
///
/// // Each page has its path as key, and depends on a group of its own, which has the path as key, too.
/// #[derive(Clone)]
/// struct Page {
///     path: String,
///     body: String,
/// }
///
/// fn weigh(page: &Page) -> u64 {
///     let path = page.path.len() as u64;
///     page.body.len() as u64 + 2 * path + ENTRY_BYTES + GENERATION_BYTES + path
/// }
///
/// let pages: Cached<String, Page> =
///     Cached::with("docs::weighed_pages", Config::new().max_weight(64_u64 << 20, weigh));
/// assert!(pages.is_empty());
/// ```
pub const ENTRY_BYTES: u64 = 400;

/// About how many bytes a generation takes beside its key, of a group that one entry alone depends on: a
/// member, the members with one field value, a tag. See [`ENTRY_BYTES`].
pub const GENERATION_BYTES: u64 = 200;

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
            patience: Patience::default(),
            rows: None,
        }
    }

    /// At most this many entries.
    pub fn capacity<A: Amount>(self, capacity: A) -> Self {
        Self { bound: Bound::Entries(capacity.amount()), ..self }
    }

    /// At most this weight of all entries together, of which each weighs what `weigh` says, and at least 1.
    ///
    /// A value that is heavier than `max` is returned and not stored. Keys and what an entry takes beside its
    /// value weigh nothing unless `weigh` says so: see [`ENTRY_BYTES`].
    pub fn max_weight<A: Amount>(self, max: A, weigh: fn(&V) -> u64) -> Self {
        Self { bound: Bound::Weight { max: max.amount(), weigh }, ..self }
    }

    /// An entry lives no longer than this.
    pub fn ttl(self, ttl: Duration) -> Self {
        Self { ttl: Some(ttl.min(LONGEST)), ..self }
    }

    /// An entry lives no longer than this after its last use. What was made of it stays.
    pub fn idle(self, idle: Duration) -> Self {
        Self { idle: Some(idle.min(LONGEST)), ..self }
    }

    /// Only values for which this is true are stored.
    pub fn cache_if(self, cache_if: fn(&V) -> bool) -> Self {
        Self { cache_if: Some(cache_if), ..self }
    }

    /// A call waits no longer than this for another's computation: then one of those who wait computes
    /// beside it, and one more each time that this has passed again. [`Patience::OFF`]: as long as it takes.
    pub fn patience(self, patience: impl Into<Patience>) -> Self {
        Self { patience: patience.into(), ..self }
    }

    /// An entry depends on what `take` adds for its value, too.
    #[doc(hidden)]
    pub fn rows(self, take: fn(&V, &mut DependencySet)) -> Self {
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

/// Makes a value depend on its rows.
pub fn collect_rows<V: Rows>(value: &V, dependencies: &mut DependencySet) {
    value.collect_into(dependencies);
}

/// A capacity or a weight, in whatever unsigned type the program counts: `u8` to `u64`, or `usize`.
pub trait Amount {
    /// The same as `u64`.
    #[doc(hidden)]
    fn amount(self) -> u64;
}

/// A weight as the memo wants it.
pub fn weight(amount: impl Amount) -> u64 {
    amount.amount()
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
