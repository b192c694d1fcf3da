//! The runtime of gcache: groups, generations, flights and memos.
//!
//! Programs, and crates that extend gcache, depend on `gcache`, which re-exports all of this crate. Extensions
//! do so with `default-features = false`, which leaves the macros out.

mod cache;
mod flights;
mod generations;
mod groups;

mod answer;
mod cached;
mod call;
mod call_async;
mod call_site;
mod catch_drop;
mod clock;
mod computation;
mod config;
mod context;
mod control;
mod hashing;
mod key;
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

#[doc(hidden)]
pub mod private;

pub use answer::{Answer, Source};
pub use cache::set_enabled;
pub use cached::Cached;
pub use config::{Amount, Config, ENTRY_BYTES, GENERATION_BYTES};
pub use control::{CachedFunction, bypass, bypass_async, clear, of};
#[cfg(feature = "tokio")]
pub use finish::finish;
pub use flights::Patience;
pub use generations::{Key, set_doubt};
pub use groups::{
    By, DependsOn, Edit, Group, GroupList, GroupNames, Groups, Index, IndexBy, Indexed,
    Invalidated, Invalidates, Member, Rows, Tag, Whole, by_index, depends_on, expires_within,
    invalidate, invalidate_tag, member, tag, whole,
};
pub use key::IntoKey;
pub use returns::Fallible;
pub use stats::{GroupStats, Report, Stats, stats};
pub use transaction::Transaction;
