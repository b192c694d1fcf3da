#![doc = include_str!("../README.md")]

mod audit;
mod bulk;
mod cacheable;
mod connection;
mod database;
mod doubt;
mod driver;
mod entity;
mod find;
pub mod hooks;
mod install;
mod keys;
mod query;
mod raw;
mod reads;
pub mod save;
mod transaction;
mod watch;

#[doc(hidden)]
pub mod __private;

pub use bulk::ExecAndInvalidate;
pub use cacheable::{Cacheable, CacheableOne};
pub use database::{replica_of, same_database};
pub use entity::{CachedEntity, OnMove, PrimaryKeyOf};
pub use gcache::{by_index, member, tag, whole};
pub use query::CachedQuery;
pub use raw::{CacheableRaw, RawSelect};
pub use reads::{Connection, SharedReads};
pub use transaction::{transaction, transaction_with_options};

/// The page of `docs/` whose code is compiled and run here, since it needs SeaORM.
#[cfg(doctest)]
mod docs {
    #![doc = include_str!("../../../docs/recipes-sea-orm.md")]
}
