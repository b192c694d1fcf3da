//! Bumps: the ending of generations.

use crate::clock::Tick;
use crate::generation::GroupId;

/// What an invalidation did.
///
/// ```
/// assert_eq!(gcache_runtime::invalidate_tag("nobody depends on this").ended(), 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bumped {
    ended: usize,
}

impl Bumped {
    /// How many living generations ended. A group that nothing has used since it was last bumped
    /// has none; the groups of a family that end together count as one.
    pub fn ended(&self) -> usize {
        self.ended
    }
}

/// One invalidation under way: the groups that it ends share a tick.
#[derive(Debug)]
pub struct Bump {
    tick: Tick,
    ended: usize,
}

impl Bump {
    /// Runs `end`, which names the groups to end.
    pub fn run(end: impl FnOnce(&mut Self)) -> Bumped {
        let mut bump = Self { tick: Tick::next(), ended: 0 };
        end(&mut bump);
        Bumped { ended: bump.ended }
    }

    /// How many generations have ended so far.
    pub(crate) fn ended(&self) -> usize {
        self.ended
    }

    /// Ends one group.
    pub(crate) fn end(&mut self, _group: GroupId, end: impl FnOnce(Tick) -> bool) {
        self.ended += usize::from(end(self.tick));
    }
}
