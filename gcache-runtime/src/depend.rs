//! Dependencies found while a body runs.

use crate::generation::Basis;
use crate::group::Groups;
use crate::tracker;

/// What became of a `depends_on!`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DependsOn {
    /// The cached body that is running depends on the groups from here on.
    Noted,
    /// No cached body is running here, so nothing depends on anything.
    NoBody,
}

/// Makes the cached body that is running here depend on `groups`.
///
/// If one of them was bumped since the body began, the body may have read what the bump ended: its
/// value is returned and not stored.
pub fn depends_on(groups: &impl Groups) -> DependsOn {
    let Some(frame) = tracker::current() else { return DependsOn::NoBody };
    // Taken outside of the frame's lock, since keys are the user's.
    let mut late = Basis::late(frame.since());
    groups.take(&mut late);
    frame.note(|basis| basis.absorb(&late));
    DependsOn::Noted
}
