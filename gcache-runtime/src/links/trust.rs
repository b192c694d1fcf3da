//! Which links are distrusted.

use crate::sync::{AtomicCount, AtomicU8, Ordering};
use std::time::Duration;

/// The links that are distrusted, as a mask.
static DISTRUSTED: AtomicU8 = AtomicU8::new(0);

/// The bound of each link, in nanoseconds.
static BOUNDS: [AtomicCount; 8] = [const { AtomicCount::new(0) }; 8];

/// The links that are distrusted, as a mask. To be read after generations were taken.
#[inline]
pub(crate) fn distrusted() -> u8 {
    DISTRUSTED.load(Ordering::SeqCst)
}

/// The least bound of some links.
#[cold]
pub(crate) fn bound(links: u8) -> Duration {
    let bounds = BOUNDS.iter().enumerate().filter(|(bit, _)| links & (1 << bit) != 0);
    let least = bounds.map(|(_, bound)| bound.load(Ordering::SeqCst)).min();
    Duration::from_nanos(least.unwrap_or(0))
}

pub(super) fn set_bound(link: u8, bound: Duration) {
    let nanos = u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
    BOUNDS[link.trailing_zeros() as usize].store(nanos, Ordering::SeqCst);
}

/// Distrusts a link, and says whether it was trusted.
pub(super) fn distrust(link: u8) -> bool {
    DISTRUSTED.fetch_or(link, Ordering::SeqCst) & link == 0
}

/// Trusts a link, and says whether it was distrusted.
pub(super) fn trust(link: u8) -> bool {
    DISTRUSTED.fetch_and(!link, Ordering::SeqCst) & link != 0
}
