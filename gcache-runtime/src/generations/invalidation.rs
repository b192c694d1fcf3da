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
/// assert_eq!(invalidated.count(), 0);
/// assert!(!invalidated.is_deferred());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Invalidated {
    count: usize,
    deferred: bool,
}

impl Invalidated {
    pub(crate) fn now(count: usize) -> Self {
        Self { count, deferred: false }
    }

    /// How many live generations the invalidation ended: 0 if a transaction defers it. A group that nothing has
    /// used since its last invalidation has none. Groups that end together, such as all members of a model,
    /// count as one, and each of them once more when it is invalidated by itself.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether a transaction holds the invalidation back until it commits.
    pub fn is_deferred(&self) -> bool {
        self.deferred
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
        Invalidated { count: invalidation.ended, deferred: invalidation.held.is_some() }
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
