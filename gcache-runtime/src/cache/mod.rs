//! The cache: what is stored, and how a call finds it.
//!
//! [`Memo`] is the door. [`Memo::get`] looks a key up and counts the hit. A miss returns a [`Vacant`], and
//! [`Memo::insert`] stores the computed entry with it. [`get_local`] is the first half of a lookup, which needs no memo.
//!
//! 1. An [`Entry`] is served only while its generations live, its time is not over, its memo has not removed it, and
//!    caching is on.
//! 2. The local caches and the shared map hold the same entries. An entry that may not be served any more is marked
//!    first, and the epoch advances after: an entry that was found valid at this epoch is valid.
//! 3. The slot list and the eviction policy know slots by number. There are never more entries than the capacity, and no
//!    promoted entry stays whose slot the policy does not contain.
//! 4. No key or value is hashed, compared, cloned or dropped under a lock. Ended entries are removed in passing.
//!
//! In reading order: `entry`; a hit in `local`, `buckets` and `resident`; `memo`, `map`, `insert`, `slot_list`, `window`
//! and `policy`; the `growth` of local caches; `sweep` and `maintenance`, which remove ended entries.

mod buckets;
mod entry;
mod growth;
mod insert;
mod local;
mod maintenance;
#[cfg_attr(gcache_model, path = "../../../verify/model_check/map.rs")]
mod map;
mod memo;
#[cfg(not(gcache_model))]
mod policy;
#[cfg(gcache_model)]
#[path = "../../../verify/model_check/policy.rs"]
mod policy;
mod resident;
mod slot_list;
mod sweep;
#[cfg(all(test, not(gcache_model)))]
mod tests;
mod window;

use crate::generations::advance_epoch;
use crate::sync::{AtomicBool, Ordering};

pub(crate) use entry::{AnyEntry, Entry};
pub(crate) use local::get_local;
pub(crate) use memo::{Memo, Vacant};
#[cfg(all(test, gcache_model))]
pub(crate) use policy::REFUSES_NEWCOMERS;

/// Whether cached functions read and store at all.
// mutant: off-invalidates-nothing
static ENABLED: AtomicBool = AtomicBool::new(true);

/// Turns caching on or off for the whole process: calls that begin while it is off compute and store nothing.
/// Invalidations count all the same: an entry that was stored before and has ended since is not served after caching
/// is turned on again.
///
/// ```
/// use gcache::{Cached, set_enabled, tag};
///
/// let counts: Cached<(), u64> = Cached::new("docs::enabled");
/// let count = |value| counts.get_with(&(), || tag("movies"), || value).value;
/// assert_eq!((count(1), count(2)), (1, 1));
/// set_enabled(false);
/// assert_eq!(count(3), 3);
/// set_enabled(true);
/// assert_eq!(count(4), 1);
/// ```
pub fn set_enabled(enabled: bool) {
    ENABLED.store(enabled, Ordering::SeqCst);
    // Thread-local caches validate their entries again, and ask the switch with it.
    advance_epoch();
}

/// Whether calls read and store. A hit of an entry that was validated at this epoch need not ask: [`set_enabled`]
/// advances the epoch.
#[inline]
fn is_enabled() -> bool {
    ENABLED.load(Ordering::SeqCst)
}
