//! The contestants' functions, as their users would write them: one file each.
//!
//! A function that is bounded is there twice: for up to 10,000 entries, which is the default of gcache, and,
//! with `_large` in its name, for 200,000, so that nobody evicts where hits of 100,000 keys are measured.

pub(crate) mod cached;
pub(crate) mod cachelito;
pub(crate) mod floor;
pub(crate) mod many;
pub(crate) mod maps;
pub(crate) mod memoize;
pub(crate) mod ours;
