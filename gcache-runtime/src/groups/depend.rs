//! Dependencies found while a body runs.

use crate::context;
use crate::groups::group::Groups;
use std::time::{Duration, Instant};

/// What became of a [`depends_on`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DependsOn {
    /// The cached body that is running depends on the groups from here on.
    Noted,
    /// No cached body is running here, so nothing depends on anything.
    NoBody,
}

/// Makes the cached body that is running here depend on `groups`: for what it finds on the way.
///
/// A function for crates that build on this one; programs write `gcache::depends_on!`. If one of them was invalidated since the body began, the body may have read what the invalidation ended: its
/// value is returned and not stored.
///
/// ```
/// use gcache::{Cached, DependsOn, depends_on, invalidate_tag, tag};
///
/// let pages: Cached<u64, String> = Cached::new("docs::pages");
/// let page = || {
///     assert_eq!(depends_on(&tag("footer")), DependsOn::Noted);
///     "film 7".to_owned()
/// };
/// pages.get_with(&7, || tag("film 7"), page);
/// assert_eq!(invalidate_tag("footer").count(), 1);
/// assert_eq!(depends_on(&tag("footer")), DependsOn::NoBody);
/// ```
pub fn depends_on(groups: &(impl Groups + ?Sized)) -> DependsOn {
    let Some(frame) = context::current() else { return DependsOn::NoBody };
    // Taken outside of the frame's lock, since keys are the user's.
    let mut late = frame.late();
    groups.take(&mut late);
    frame.note(|dependencies| dependencies.absorb(&late));
    DependsOn::Noted
}

/// Keeps the value of the cached body that is running here, and those of the bodies that use it, for `ttl` at
/// most: for what was read from a source that lags behind, such as a replica.
///
/// A function for crates that build on this one.
///
/// ```
/// use gcache::{Cached, expires_within, tag};
/// use std::time::Duration;
///
/// let pages: Cached<u64, &str> = Cached::new("docs::of_a_replica");
/// let page = || {
///     expires_within(Duration::ZERO);
///     "film 7"
/// };
/// pages.get_with(&7, || tag("film 7"), page);
/// assert!(!pages.get_with(&7, || tag("film 7"), page).is_hit());
/// ```
pub fn expires_within(ttl: Duration) {
    let moment = Instant::now().checked_add(ttl);
    context::with_frame(|frame| frame.note(|dependencies| dependencies.keep_until(moment)));
}
