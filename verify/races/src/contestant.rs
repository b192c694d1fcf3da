//! Who takes part.

/// A caching library, used in one of the ways that it offers.
#[derive(Clone, Copy, Debug)]
pub struct Contestant {
    /// The package.
    pub library: &'static str,
    /// What it caches by, in its own words.
    pub caches: &'static str,
    /// What it invalidates by.
    pub invalidates: &'static str,
    /// The cached function: [`compute`](crate::compute) of a row.
    pub read: fn(u64) -> u64,
    /// What is called after a row was written.
    pub invalidate: fn(u64),
}
