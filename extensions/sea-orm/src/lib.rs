#![doc = include_str!("../README.md")]

mod audit;
mod bulk;
mod connection;
mod database;
mod driver;
mod entity;
mod error;
mod find;
mod hook_trace;
pub mod hooks;
mod install;
mod keys;
mod models;
#[cfg(feature = "outbox")]
pub mod outbox;
#[cfg(not(feature = "outbox"))]
mod outbox;
mod query;
mod raw;
mod reads;
mod results;
pub mod save;
mod selects;
mod transaction;
mod uncertain_write;

#[doc(hidden)]
pub mod __private;

pub use bulk::ExecAndInvalidate;
pub use database::{replica_of, same_database};
pub use entity::{CachedEntity, OnMove, PrimaryKeyOf};
pub use error::Error;
pub use gcache::{by_index, member, tag, whole};
pub use query::{Cacheable, CacheableOne, CachedQuery};
pub use raw::{CacheableRaw, RawSelect};
pub use reads::{Connection, SharedReads};
pub use transaction::{transaction, transaction_with_options};

/// The page of `docs/` whose code is compiled and run here, since it needs SeaORM.
#[cfg(doctest)]
mod docs {
    #![doc = include_str!("../docs/recipes-sea-orm.md")]
}
