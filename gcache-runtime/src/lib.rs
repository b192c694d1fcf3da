//! The runtime of [gcache](https://docs.rs/gcache): groups, generations, flights and memos.
//!
//! Programs depend on `gcache`, which re-exports what they need; crates that extend it depend on
//! this one. What stands here and not there is for them:
//!
//! | item | for |
//! | --- | --- |
//! | [`Cached`], with [`Config`] and [`Answer`] | a memo without a macro |
//! | [`whole`], [`member`], [`by_index`], [`tag`], [`GroupList`] | groups by value |
//! | [`invalidate`], [`depends_on`] | what the macros of these names do, with groups by value |

// A file uses only files that stand above it in this list.

mod sync;
mod thread;

#[cfg(gcache_model)]
#[path = "../../verify/model_check/mod.rs"]
mod model_check;

mod clock;
mod hashed;
mod key;
#[cfg_attr(gcache_model, path = "../../verify/model_check/map.rs")]
mod map;

mod registry;
mod stats;

mod contained;
mod deadline;
mod generation;

mod backlog;
mod doubt;

mod basis;

mod alarms;

mod enabled;
mod held;
mod roll;

mod tracker;
mod waits;

mod bump;
mod slot;

mod family;
mod ledger;
mod names;

mod depend;
mod group;
mod index;
mod rows;
mod watch;

mod model;

mod change;
mod groups;

mod patience;

mod config;
mod entry;
mod seats;
mod shape;
mod store;

mod flight;
mod flights;
#[cfg_attr(not(any(gcache_fifo, gcache_model)), path = "moka_store.rs")]
#[cfg_attr(gcache_fifo, path = "fifo_store.rs")]
#[cfg_attr(gcache_model, path = "../../verify/model_check/store.rs")]
mod kept;

mod residents;

mod memo;

mod sweep;

mod steps;

mod face;
mod horizon;
mod places;

mod near;

mod call;
mod lead;
mod site;
mod turn;

mod answer;
mod cached;
mod control;
mod report;
mod transaction;

#[cfg(feature = "tokio")]
pub mod finish;

#[doc(hidden)]
pub mod private;

pub use answer::{Answer, Source};
pub use bump::Bumped;
pub use cached::Cached;
pub use config::{Amount, Config, ENTRY_BYTES, GENERATION_BYTES};
pub use control::{CachedFunction, bypass, bypass_async, clear, of};
pub use depend::{DependsOn, depends_on, expires_within};
pub use doubt::set_doubt;
pub use enabled::set_enabled;
pub use family::Key;
#[cfg(feature = "tokio")]
pub use finish::finish;
pub use group::{
    Group, Groups, Member, Tag, Whole, invalidate, invalidate_tag, member, tag, whole,
};
pub use groups::GroupList;
pub use index::{By, Index, IndexBy, Indexed, by_index};
pub use key::IntoKey;
pub use model::{Edit, Invalidates};
pub use names::GroupNames;
pub use patience::Patience;
pub use report::{Report, stats};
pub use rows::Rows;
pub use shape::Fallible;
pub use stats::{GroupStats, Stats};
pub use transaction::Transaction;
