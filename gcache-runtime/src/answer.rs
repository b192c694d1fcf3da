//! What a call of a [`Cached`](crate::Cached) came to.

/// A value, and where it came from.
///
/// ```
/// use gcache::{Cached, Source, tag};
///
/// let titles: Cached<u64, String> = Cached::new("docs::titles");
/// let title = |id: u64| titles.get_with(&id, || tag("movies"), || format!("film {id}"));
/// assert_eq!(title(7).source, Source::Computed);
/// assert_eq!(title(7).source, Source::Hit);
/// assert_eq!(title(7).into_value(), "film 7");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer<V> {
    /// The value.
    pub value: V,
    /// Where it came from.
    pub source: Source,
}

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// An entry.
    Hit,
    /// The computation of another call, which this one waited for, or found done when it was about to compute.
    Joined,
    /// The body, which this call ran.
    Computed,
}

impl<V> Answer<V> {
    /// The value alone.
    pub fn into_value(self) -> V {
        self.value
    }

    /// Whether the value was there already: neither this call nor one that it waited for computed it.
    pub fn is_hit(&self) -> bool {
        self.source == Source::Hit
    }

    /// The same of what `change` makes of the value.
    pub fn map<U>(self, change: impl FnOnce(V) -> U) -> Answer<U> {
        Answer { value: change(self.value), source: self.source }
    }
}
