//! What generated code names, and nothing else.
//!
//! `gcache` gives it a number, by which generated code names it. The number is raised with each release that changes
//! what stands here, so that macros of another release fail by it.

pub use crate::__gcache_codec as codec;
pub use crate::call::{Call, Lookup, Miss, boxed};
pub use crate::call_site::CallSite;
pub use crate::config::{OfValue, Weight, of_both, of_one};
pub use crate::generations::ErasedKeyed;
pub use crate::groups::{
    Guard, ModelGenerations, NoKey, NotIndexed, OptionalPart, Visitor, optional_by_index,
    optional_member,
};
pub use crate::kept_errors::{err_as, err_if};
pub use crate::key::{InKey, given, parts};
pub use crate::links::Codec;
pub use crate::returns::{checked, returned, store_ok};
#[cfg(feature = "links")]
pub use crate::shared::{shared_key, shared_values};
