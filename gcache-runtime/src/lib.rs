//! The runtime of gcache: groups, generations, flights and memos.
//!
//! Programs, and crates that extend gcache, depend on `gcache`, which re-exports all of this crate. Extensions
//! do so with `default-features = false`, which leaves the macros out.
//!
//! A call (`call`) looks up in `cache`, and else leads, waits or computes alone by `flights`. `groups` says which
//! `generations` a change ends. `docs/design.md` of the repository has the algorithm.
//!
//! # Words
//!
//! | word | meaning |
//! | --- | --- |
//! | group | what a value may depend on: a model, a member of it, the members with one index value, a tag |
//! | generation | one life of a group: an object with one flag, alive or ended. It never comes back |
//! | invalidate | to end the generations of a group. An entry is invalid once one of its generations has ended |
//! | epoch | a count for the process. Each invalidation, each eviction and each use of the switch advances it |
//! | timestamp | a moment of the logical clock, which each invalidation advances |
//! | dependency set | the generations that a computation rests on, while they are collected |
//! | node | what a cached value depends on, as the values that are made of it share it |
//! | entry | a key, a value, its dependencies, its deadline |
//! | memo | the entries of one cached function |
//! | thread-local cache | the entries that a thread has used twice, in front of the memo's map |
//! | eviction policy | decides which entries a memo holds, by number, weight, time and use |
//! | flight | a computation that other calls of the same key may wait for |
//! | leader | the call whose body a flight began with |
//! | waiter | a call that waits for a flight |
//! | relief | a waiter whose patience is over, and that runs the body as well |
//! | frame | a running body, with the dependencies that it has collected |
//! | doubt | the time in which a database may still finish a write that its program has dropped |
//! | link | tells other processes what was invalidated here, and invalidates here what they have |
//! | trusted | of a link: this process has heard of all that was acknowledged longer ago than its bound |

mod cache;
mod flights;
mod generations;
mod groups;
pub mod links;
pub mod shared;

mod answer;
mod budget;
mod cached;
mod call;
mod call_site;
mod catch_drop;
mod choice;
mod clock;
mod config;
mod context;
mod control;
mod hashing;
mod kept_errors;
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

/// For tests of code that is cached: what the last call came to, and tests that cache alone.
///
/// ```
/// use gcache::testing::{self, Outcome};
/// use gcache::{cache_against, group};
///
/// group!(Book: u64);
///
/// #[cache_against(Book(id))]
/// fn title(id: u64) -> String {
///     format!("book {id}")
/// }
///
/// // Other tests that begin so wait; nothing is cached yet.
/// let _alone = testing::alone();
/// title(7);
/// assert_eq!(testing::last_outcome(), Some(Outcome::Computed));
/// title(7);
/// assert_eq!(testing::last_outcome(), Some(Outcome::Hit));
/// invalidate_book(7);
/// title(7);
/// assert_eq!(testing::last_outcome(), Some(Outcome::Computed));
/// gcache::bypass(|| title(7));
/// assert_eq!(testing::last_outcome(), Some(Outcome::Bypassed));
/// ```
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(not(feature = "testing"))]
mod testing;

#[doc(hidden)]
pub mod private;

pub use answer::{Answer, Source};
pub use budget::{LocalCacheBudget, set_local_cache_budget};
pub use cache::set_enabled;
pub use cached::Cached;
pub use config::{Config, ENTRY_BYTES, GENERATION_BYTES, Patience};
pub use control::{CachedFunction, NothingCached, bypass, bypass_async, clear, of};
#[cfg(feature = "tokio")]
pub use finish::finish;
pub use generations::{Key, set_doubt};
pub use groups::{
    By, Column, DependsOn, Edit, Group, GroupList, GroupNames, Groups, Index, IndexBy, Indexed,
    Invalidated, Invalidates, Member, Row, Rows, Table, Tag, Whole, by_index, depends_on,
    expires_within, invalidate, invalidate_tag, member, tag, whole,
};
pub use key::IntoKey;
pub use returns::Fallible;
pub use stats::{GroupStats, Report, Stats, stats};
pub use transaction::Transaction;
