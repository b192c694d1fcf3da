//! The options of a cached function.

use crate::generations::DependencySet;
use crate::shared::Codec;
use crate::sync::Arc;
use std::ops::Deref;
use std::time::{Duration, Instant};

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
/// | [`groups_only`](Self::groups_only) | no entry is invalidated by its key | off |
///
/// A capacity, a weight, a `ttl` or an `idle` of zero stores nothing. A patience of zero waits for nobody.
///
/// ```
/// use gcache::{Cached, Config};
/// use std::time::Duration;
///
/// let config = Config::new()
///     .max_weight(16_000_000, |_, page: &String| page.len() as u64)
///     .idle(Duration::from_secs(600))
///     .cache_if(|_, page| !page.is_empty());
/// let pages: Cached<u64, String> = Cached::with("docs::heavy_pages", config);
/// assert!(pages.is_empty());
/// ```
#[derive(Clone)]
#[must_use = "a configuration does nothing until a memo is made with it"]
pub struct Config<K, V> {
    /// How many entries there may be, or what all of them may weigh.
    pub(crate) max: u64,
    /// What an entry weighs, where that is bounded.
    pub(crate) weigh: Option<OfEntry<K, V, u64>>,
    pub(crate) ttl: Option<Duration>,
    pub(crate) idle: Option<Duration>,
    pub(crate) cache_if: Option<OfEntry<K, V, bool>>,
    pub(crate) patience: Patience,
    /// Whether no key is invalidated by itself.
    pub(crate) groups_only: bool,
    /// Whether a value is stored only if it depends on some group.
    pub(crate) found: bool,
    /// Adds what the rows of a value depend on.
    pub(crate) rows: Option<fn(&V, &mut DependencySet)>,
    /// How its values are shared with other processes.
    pub(crate) shared: Option<Codec<K, V>>,
}

/// What a program says of a key and its value.
type OfEntry<K, V, R> = Arc<dyn Fn(&K, &V) -> R + Send + Sync>;

/// How long a call waits for another call's computation, before one of those that wait computes beside it.
///
/// Ten seconds, unless said otherwise. With a patience of zero no call waits: each computes, and the
/// first value is stored.
///
/// ```
/// use gcache::{Cached, Config, Patience};
/// use std::time::Duration;
///
/// let short = Config::new().patience(Duration::from_millis(500));
/// let pages: Cached<u64, String> = Cached::with("docs::patience", short);
///
/// // As long as it takes: nothing but the leader's end ends a wait.
/// let endless = Config::new().patience(Patience::OFF);
/// let reports: Cached<u64, String> = Cached::with("docs::no_patience", endless);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience(Option<Duration>);

impl Patience {
    /// A wait has no end of its own.
    pub const OFF: Self = Self(None);

    /// When the patience of a call that waits from `begin` on is over; `None` if that is never.
    pub(crate) fn over(self, begin: Instant) -> Option<Instant> {
        self.0.and_then(|patience| begin.checked_add(patience))
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self(Some(Duration::from_secs(10)))
    }
}

impl From<Duration> for Patience {
    fn from(patience: Duration) -> Self {
        Self(Some(patience))
    }
}

/// About how many bytes an entry takes in a full memo beside its key and value: in the tables, and for what it
/// depends on.
///
/// For a `weigh` of which the sum is to be the memory that a memo takes, as that of web pages:
///
/// ```
/// use gcache::{Cached, Config, ENTRY_BYTES, GENERATION_BYTES};
///
/// // Each page depends on a group of its own, which has the path as key, too.
/// fn weigh(path: &String, page: &String) -> u64 {
///     (page.len() + 3 * path.len()) as u64 + ENTRY_BYTES + GENERATION_BYTES
/// }
///
/// let pages: Cached<String, String> =
///     Cached::with("docs::weighed_pages", Config::new().max_weight(64 << 20, weigh));
/// assert!(pages.is_empty());
/// ```
pub const ENTRY_BYTES: u64 = 400;

/// About how many bytes a generation takes beside its key, of a group that one entry alone depends on: a
/// member, the members with one field value, a tag. See [`ENTRY_BYTES`].
pub const GENERATION_BYTES: u64 = 100;

/// The bound of a memo that asks for none.
const DEFAULT_CAPACITY: u64 = 10_000;

/// Durations beyond this are as good as none, and the store refuses them.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

impl<K, V> Config<K, V> {
    /// The defaults.
    pub fn new() -> Self {
        Self {
            max: DEFAULT_CAPACITY,
            weigh: None,
            ttl: None,
            idle: None,
            cache_if: None,
            patience: Patience::default(),
            groups_only: false,
            found: false,
            rows: None,
            shared: None,
        }
    }

    /// At most this many entries, at any moment; with a `ttl` or `idle`, for a moment an eighth more.
    ///
    /// When there are as many, entries that have ended leave first, then those that were not used since they were
    /// computed, the oldest first, and then those that were used least lately.
    pub fn capacity(self, capacity: u64) -> Self {
        Self { max: capacity, weigh: None, ..self }
    }

    /// At most this weight of all entries together. `weigh` is called with the key and the value of each
    /// entry, which weighs at least 1.
    ///
    /// A value that is heavier than `max` is returned and not stored. `weigh` counts all that is to be
    /// counted; for what an entry takes beside its key and value see [`ENTRY_BYTES`].
    pub fn max_weight(
        self,
        max: u64,
        weigh: impl Fn(&K, &V) -> u64 + Send + Sync + 'static,
    ) -> Self {
        Self { max, weigh: Some(Arc::new(weigh)), ..self }
    }

    /// An entry lives no longer than this.
    pub fn ttl(self, ttl: Duration) -> Self {
        Self { ttl: Some(ttl.min(LONGEST)), ..self }
    }

    /// An entry lives no longer than this after its last use. What was made of it stays.
    pub fn idle(self, idle: Duration) -> Self {
        Self { idle: Some(idle.min(LONGEST)), ..self }
    }

    /// A value is stored only if this is true of its key and of the value.
    pub fn cache_if(self, cache_if: impl Fn(&K, &V) -> bool + Send + Sync + 'static) -> Self {
        Self { cache_if: Some(Arc::new(cache_if)), ..self }
    }

    /// A call waits no longer than this for another's computation: then one of those who wait computes
    /// beside it, and one more each time that this has passed again. [`Patience::OFF`]: as long as it takes.
    pub fn patience(self, patience: impl Into<Patience>) -> Self {
        Self { patience: patience.into(), ..self }
    }

    /// Entries end by their groups alone. [`Cached::invalidate`](crate::Cached::invalidate) then ends all of
    /// them, and each takes about [`GENERATION_BYTES`] less.
    pub fn groups_only(self) -> Self {
        Self { groups_only: true, ..self }
    }

    /// A value is stored only if its body has found a group that it depends on.
    #[doc(hidden)]
    pub fn found(self) -> Self {
        Self { found: true, ..self }
    }

    /// An entry depends on what `collect` adds for its value, too: its rows.
    #[doc(hidden)]
    pub fn rows(self, collect: fn(&V, &mut DependencySet)) -> Self {
        Self { rows: Some(collect), ..self }
    }

    /// The same, of the memo of the function at `path`, of the instance that `closure` belongs to.
    pub(crate) fn shared_as(self, path: &str, closure: &str) -> Self {
        Self { shared: self.shared.map(|codec| codec.of_function(path, closure)), ..self }
    }

    /// The capacity of a memo whose entries are young at first. Where weight or time counts, the eviction policy is to
    /// know of each.
    pub(crate) fn window(&self) -> Option<u64> {
        let has_window = self.weigh.is_none() && self.ttl.is_none() && self.idle.is_none();
        has_window.then_some(self.max)
    }

    /// Whether anything can be stored at all.
    pub(crate) fn stores(&self) -> bool {
        self.max > 0 && self.ttl != Some(Duration::ZERO) && self.idle != Some(Duration::ZERO)
    }
}

impl<K, V> Default for Config<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> std::fmt::Debug for Config<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut fields = f.debug_struct("Config");
        fields.field(if self.weigh.is_none() { "capacity" } else { "max_weight" }, &self.max);
        fields.field("ttl", &self.ttl).field("idle", &self.idle);
        fields.field("patience", &self.patience).finish_non_exhaustive()
    }
}

/// What the attribute's `weigh` comes to.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no weight",
    label = "expected an unsigned integer",
    note = "a weight is a `u64`, or any other unsigned integer"
)]
pub trait Weight {
    /// The same as `u64`.
    fn weight(self) -> u64;
}

macro_rules! weights {
    ($($weight:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl Weight for $weight {
            fn weight(self) -> u64 {
                u64::try_from(self).unwrap_or(u64::MAX)
            }
        }
    )*};
}

weights!(u8, u16, u32, u64, usize);

/// A function in the attribute's `weigh` or `cache_if`: of the value alone, also as the `str` or
/// the slice that it is, or of the key and the value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a function neither of the value nor of the key and the value",
    label = "takes neither `{V}` alone nor `{K}` and `{V}`",
    note = "the key is a reference to the parameter that tells results apart, or a tuple of references \
            where there are several"
)]
pub trait OfValue<K, V, Takes> {
    /// What it returns.
    type Output;

    /// Calls it.
    fn of(self, key: K, value: V) -> Self::Output;
}

#[diagnostic::do_not_recommend]
impl<K, V, R, F: FnOnce(V) -> R> OfValue<K, V, (V,)> for F {
    type Output = R;

    fn of(self, _: K, value: V) -> R {
        self(value)
    }
}

/// What a value may dereference to for a function of it: of other types a generic function could be meant for both.
pub trait Unsized {}

impl Unsized for str {}

impl<T> Unsized for [T] {}

#[diagnostic::do_not_recommend]
impl<'a, K, V, R, F> OfValue<K, &'a V, ()> for F
where
    V: Deref<Target: Unsized>,
    F: FnOnce(&'a V::Target) -> R,
{
    type Output = R;

    fn of(self, _: K, value: &'a V) -> R {
        self(value)
    }
}

#[diagnostic::do_not_recommend]
impl<K, V, R, F: FnOnce(K, V) -> R> OfValue<K, V, (K, V)> for F {
    type Output = R;

    fn of(self, key: K, value: V) -> R {
        self(key, value)
    }
}

/// What a closure without types returns for a value.
pub fn of_one<V, R>(value: V, closure: impl FnOnce(V) -> R) -> R {
    closure(value)
}

/// What a closure without types returns for a key and its value.
pub fn of_both<K, V, R>(key: K, value: V, closure: impl FnOnce(K, V) -> R) -> R {
    closure(key, value)
}
