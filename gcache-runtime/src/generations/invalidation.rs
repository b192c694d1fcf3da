//! Invalidations: the ending of generations, now or when a transaction commits.

use crate::context;
use crate::generations::doubt::End;
use crate::generations::generation::GroupId;
use crate::generations::pending::{Pending, PendingInvalidations};
use crate::sync::Arc;
use smallvec::SmallVec;

/// What an invalidation did.
///
/// ```
/// let invalidated = gcache::invalidate_tag("nobody depends on this");
/// assert_eq!(invalidated.ended(), 0);
/// assert!(!invalidated.is_deferred());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Invalidated {
    ended: usize,
    held: bool,
}

impl Invalidated {
    pub(crate) fn now(ended: usize) -> Self {
        Self { ended, held: false }
    }

    /// How many living generations ended. A group that nothing has used since it was last invalidated
    /// has none. The groups of a family that end together, all members of a model for example, count
    /// as one, and each of them once more when it is invalidated by itself. PendingInvalidations back, 0.
    pub fn ended(&self) -> usize {
        self.ended
    }

    /// Whether a transaction holds the invalidation back until it commits.
    pub fn is_deferred(&self) -> bool {
        self.held
    }
}

/// One invalidation under way: the groups that it ends share a timestamp, and a doubt if it
/// comes of something that was left in the middle.
#[derive(Debug)]
pub struct Invalidation {
    end: End,
    unfinished: bool,
    ended: usize,
    held: Option<Arc<PendingInvalidations>>,
    /// The slots that were ended, by their exact names.
    slots: SmallVec<[GroupId; 4]>,
}

impl Invalidation {
    /// Runs `end`, which names the groups to end.
    pub fn run(end: impl FnOnce(&mut Self)) -> Invalidated {
        Self::run_after(false, end)
    }

    /// [`run`](Self::run), for a change that was left `unfinished`, if so: its groups are in doubt.
    pub(crate) fn run_after(unfinished: bool, end: impl FnOnce(&mut Self)) -> Invalidated {
        // mutant: not-deferred
        // mutant: off-invalidates-nothing-2
        let held = context::transaction();
        if unfinished && let Some(held) = &held {
            held.doubt();
        }
        let slots = SmallVec::new();
        let mut invalidation = Self { end: End::of(unfinished), unfinished, ended: 0, held, slots };
        end(&mut invalidation);
        Invalidated { ended: invalidation.ended, held: invalidation.held.is_some() }
    }

    /// Whether it comes of a change that was left in the middle.
    pub(crate) fn is_unfinished(&self) -> bool {
        self.unfinished
    }

    /// Whether `slot` is named for the first time: many rows end their model once.
    pub(crate) fn is_first(&mut self, slot: GroupId) -> bool {
        let first = !self.slots.contains(&slot);
        if first {
            self.slots.push(slot);
        }
        first
    }

    /// Ends one group by `now`, or holds back what `later` makes.
    pub(crate) fn end<E: Pending>(
        &mut self,
        group: GroupId,
        now: impl FnOnce(End) -> bool,
        later: impl FnOnce() -> E,
    ) {
        let late = match &self.held {
            Some(held) => held.hold(group, Arc::new(later())),
            None => {
                self.ended += usize::from(now(self.end));
                return;
            }
        };
        if let Err(ending) = late {
            // The transaction has ended meanwhile, in another task.
            self.ended += usize::from(ending.end(self.end));
        }
    }
}
