//! [`Transaction`]: Transaction
//! [axum]: guide
//! [cli]: guide
//! [deadlocks]: guide::deadlocks
//! [design]: guide::design
//! [django]: guide::from_django
//! [dropped]: guide::dropped_requests
//! [filmclub]: guide
//! [many-to-many]: guide::recipes#many-to-many-without-an-orm
//! [minijinja]: guide
//! [per group]: guide::recipes_axum#one-page-per-customer-group
//! [per group without]: guide::recipes#one-page-per-customer-group
//! [performance]: guide
//! [races]: guide
//! [recipes-diesel]: guide::recipes_diesel
//! [recipes-sea-orm]: guide
//! [redis]: guide
//! [reliability]: guide
//! [sea-orm]: guide
//! [several machines]: guide
//! [sqlx]: guide
//! [test]: guide::recipes#testing-code-that-is-cached
//! [two miss]: guide::design#a-miss-step-by-step
//! [which call]: guide::recipes#which-call-goes-with-which-write
//! [why miss]: guide::recipes#why-did-a-call-miss
// The README links to files. Of several definitions of a link the first counts: those above lead to rustdoc.
#![doc = include_str!("../README.md")]

#[cfg(any(doc, doctest))]
pub mod guide;
pub mod prelude;

#[cfg(feature = "macros")]
mod attributes;
#[cfg(feature = "macros")]
mod macros;

#[cfg(feature = "macros")]
pub use attributes::{cache_against, invalidates};
#[cfg(feature = "macros")]
pub use macros::{Depends, Invalidates, depends_on, group, invalidate};

#[doc(inline)]
pub use gcache_runtime::{
    Answer, By, Cached, CachedFunction, Column, Config, DependsOn, ENTRY_BYTES, Edit, Fallible,
    GENERATION_BYTES, Group, GroupList, GroupNames, GroupStats, Groups, Index, IndexBy, Indexed,
    IntoKey, Invalidated, Invalidates, Key, LocalCacheBudget, Member, NothingCached, Patience,
    Report, Row, Rows, Source, Stats, Table, Tag, Transaction, Whole, by_index, bypass,
    bypass_async, clear, depends_on, expires_within, invalidate, invalidate_tag, member, of,
    set_doubt, set_enabled, set_local_cache_budget, stats, tag, whole,
};

#[doc(inline)]
pub use gcache_runtime::links as link;

#[doc(inline)]
pub use gcache_runtime::shared;

#[cfg(feature = "tokio")]
#[doc(inline)]
pub use gcache_runtime::finish;

#[cfg(feature = "testing")]
#[doc(inline)]
pub use gcache_runtime::testing;

/// For generated code only: no part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use gcache_runtime::private as v1;
}
