//! Links: what other processes are told of this one's invalidations, and whether it hears of theirs.
//!
//! Each process has generations of its own. A [`Link`] tells others, by names that are the same in all of them, which
//! groups were invalidated here, and invalidates here what others have invalidated. `gcache-redis` is one. While a link is
//! **trusted**, it has heard of everything that was acknowledged more than its bound ago. While it is **distrusted**, what
//! is computed is kept for its bound, counted from the begin of the computation.
//!
//! ```
//! use gcache::link::{Covers, Link, NamedGroup, link};
//! use gcache::{cache_against, group};
//! use std::time::Duration;
//!
//! group!(Book: u64, name = "shop.book");
//!
//! #[cache_against(Book(id))]
//! fn page(id: u64) -> String {
//!     format!("book {id}")
//! }
//!
//! // What a crate does that links processes. `gcache_redis::connect(..)` does it for a program.
//! let this = Link { name: "hears", bound: Duration::from_secs(1), covers: Covers::All, transport: None };
//! let handle = link(this)?;
//! handle.trust(); // once it is known that nothing was missed
//! page(7);
//! page(8);
//! handle.invalidate(&NamedGroup::everything_of("shop.book")); // another process has said so
//! assert_eq!(gcache::of(page).stats().misses, 2);
//! page(7);
//! assert_eq!(gcache::of(page).stats().misses, 3);
//! # Ok::<(), gcache::link::LinkError>(())
//! ```
//!
//! A hit pays nothing for a link: what others have invalidated has ended here, and what was computed in distrust has a
//! deadline as any value with a `ttl` has.
//!
//! Invariants:
//!
//! 1. A group ends here before others are told of it.
//! 2. Trust is read after generations were taken. Distrust is set before all covered groups end.
//! 3. What others have invalidated tells nobody again.
//! 4. What others have invalidated of a model that is not in use yet is not forgotten: a body that began before, and comes
//!    to depend on the model later, keeps nothing.
//!
//! Files in reading order: `named` (groups by names that travel), `address` (where a generation is, by such a name),
//! `codec` (keys as JSON), `trust` (which links are distrusted), `tell` (what others are told), `told` (what a future
//! has told them), `link` (what a link may do), `guard` (leases that hits look at), `report` (which groups are told how).

mod address;
mod codec;
mod guard;
#[cfg(feature = "links")]
mod json;
mod link;
mod named;
mod report;
mod tell;
mod told;
mod trust;

pub(crate) use address::Address;
#[doc(hidden)]
pub use codec::{Codec, Probe, Unread};
pub(crate) use guard::check_leases;
pub(crate) use link::last_invalidated_by_others;
pub use link::{Covers, Handle, Link, LinkError, link};
pub use named::NamedGroup;
pub(crate) use named::Part;
pub use report::{GroupReport, Reason, Report, Told, report};
pub use tell::{BoxFuture, Receipt, Transport, Unreachable, acknowledged, caught_up, fence};
pub(crate) use tell::{Telling, is_any_told, is_telling, publish};
pub use told::{invalidate, is_linked, told};
pub(crate) use trust::{bound, distrusted};
