//! The runtime of gcache: groups, generations, flights and memos.
//!
//! Programs, and crates that extend gcache, depend on `gcache`, which re-exports all of this crate. Extensions
//! do so with `default-features = false`, which leaves the macros out.

mod cache;
mod flights;
mod generations;
mod groups;

mod cached;
mod call;
mod call_async;
mod call_site;
mod catch_drop;
mod clock;
mod config;
mod context;
mod control;
mod hashing;
mod key;
mod patience;
mod registry;
mod returns;
mod stats;
mod sync;
mod thread;
mod transaction;

#[cfg(gcache_model)]
#[path = "../../verify/model_check/mod.rs"]
mod model_check;

#[cfg(feature = "tokio")]
pub mod finish;

#[cfg(feature = "testing")]
pub mod testing;
#[cfg(not(feature = "testing"))]
mod testing;

#[doc(hidden)]
pub mod private;

pub use cache::set_enabled;
pub use cached::{Answer, Cached, Source};
pub use config::{Config, ENTRY_BYTES, GENERATION_BYTES};
pub use control::{CachedFunction, NothingCached, bypass, bypass_async, clear, of};
#[cfg(feature = "tokio")]
pub use finish::finish;
pub use generations::{Key, set_doubt};
pub use groups::{
    By, DependsOn, Edit, Group, GroupList, GroupNames, Groups, Index, IndexBy, Indexed,
    Invalidated, Invalidates, Member, Rows, Tag, Whole, by_index, depends_on, expires_within,
    invalidate, invalidate_tag, member, tag, whole,
};
pub use key::IntoKey;
pub use patience::Patience;
pub use returns::Fallible;
pub use stats::{GroupStats, Report, Stats, stats};
pub use transaction::Transaction;
