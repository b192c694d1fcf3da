//! The off switch.

use crate::generations::advance_epoch;
use crate::sync::{AtomicBool, Ordering};

/// Whether cached functions read and store at all.
// mutant: off-invalidates-nothing
static ENABLED: AtomicBool = AtomicBool::new(true);

/// Turns caching on or off for the whole process: calls that begin while it is off compute and store
/// nothing.
/// Invalidations count all the same, so that what was stored before and has ended since is not
/// served after caching is turned on again.
///
/// ```
/// gcache::set_enabled(false);
/// gcache::set_enabled(true);
/// ```
pub fn set_enabled(enabled: bool) {
    ENABLED.store(enabled, Ordering::SeqCst);
    // What threads have at hand is looked at again, and the switch with it.
    advance_epoch();
}

/// Whether calls read and store. A hit of what was seen alive need not ask: [`set_enabled`] counts as a
/// loss.
#[inline]
pub(crate) fn is_enabled() -> bool {
    ENABLED.load(Ordering::SeqCst)
}
