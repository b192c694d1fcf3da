//! The cache: what is stored.

mod buckets;
mod compact_epoch;
mod entry;
mod inlined;
#[cfg_attr(not(gcache_model), path = "moka_policy.rs")]
#[cfg_attr(gcache_model, path = "../../../verify/model_check/store.rs")]
pub(crate) mod kept;
mod local;
mod maintenance;
#[cfg_attr(gcache_model, path = "../../../verify/model_check/map.rs")]
mod map;
mod memo;
mod policy;
mod residents;
mod sweep;
#[cfg(all(test, not(gcache_model)))]
mod tests;

use crate::generations::advance_epoch;
use crate::sync::{AtomicBool, Ordering};

pub(crate) use entry::Entry;
pub(crate) use local::get_local;
pub(crate) use memo::{Memo, Vacant};

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
