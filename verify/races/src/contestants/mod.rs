//! The contestants, a file each: a cached function and its invalidation, as the library's own
//! documentation shows them.

mod cached_by_key;
mod cached_concurrent;
mod cached_default;
mod cached_sync_writes;
mod cachelito_tags;
mod foyer_fetch;
mod gcache_groups;
mod memoize_shared;
mod moka_get_with;
mod moka_insert_if;
mod quick_cache_remove;
mod quick_cache_retain;

use crate::contestant::Contestant;

pub use gcache_groups::CONTESTANT as GCACHE;

/// All contestants, gcache first.
pub const ALL: [Contestant; 12] = [
    GCACHE,
    cached_default::CONTESTANT,
    cached_by_key::CONTESTANT,
    cached_sync_writes::CONTESTANT,
    cached_concurrent::CONTESTANT,
    memoize_shared::CONTESTANT,
    cachelito_tags::CONTESTANT,
    moka_get_with::CONTESTANT,
    moka_insert_if::CONTESTANT,
    quick_cache_remove::CONTESTANT,
    quick_cache_retain::CONTESTANT,
    foyer_fetch::CONTESTANT,
];
