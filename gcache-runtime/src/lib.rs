//! The runtime of [gcache](https://docs.rs/gcache): groups, generations, flights and memos.
//!
//! Programs depend on `gcache`, which re-exports what they need; crates that extend it depend on
//! this one. A file uses only files that stand above it in this list.

mod sync;
mod thread;

mod clock;
mod key;
mod map;

mod registry;
mod stats;

mod contained;
mod generation;
mod held;
mod roll;

mod tracker;
mod waits;

mod bump;
mod slot;

mod family;
mod ledger;

mod depend;
mod group;
mod index;
mod rows;

mod model;

mod change;

mod config;
mod entry;
mod seats;
mod shape;
mod store;

mod flight;

mod memo;

mod call;
mod lead;
mod site;

mod control;
mod report;
mod transaction;

#[doc(hidden)]
pub mod private;

pub use bump::Bumped;
pub use call::set_enabled;
pub use control::{CachedFunction, bypass, bypass_async, clear, of};
pub use depend::DependsOn;
pub use group::{Group, Tag, invalidate_tag};
pub use key::IntoKey;
pub use model::{Edit, Invalidates};
pub use report::{Report, stats};
pub use rows::Rows;
pub use stats::{GroupStats, Stats};
pub use transaction::Transaction;
