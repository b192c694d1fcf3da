//! Where the generation of a single group is kept: a whole model, a whole family, a memo's content.

use crate::clock::Timestamp;
use crate::generations::backlog;
use crate::generations::dependency_set::DependencySet;
use crate::generations::doubt::End;
use crate::generations::generation::{ChangeCount, Generation, GroupId};
use crate::generations::invalidation::Invalidation;
use crate::generations::pending::Pending;
use crate::sync::{Arc, Mutex};
use std::any::Any;
use std::time::Instant;

/// The living generation of one group.
#[derive(Debug)]
pub(crate) struct GenerationCell {
    state: Mutex<CellState>,
    pulse: ChangeCount,
}

#[derive(Debug)]
struct CellState {
    living: Option<Arc<Generation>>,
    invalidated: Timestamp,
    ended: u64,
    /// Until when the group is or was in doubt.
    doubt: Option<Instant>,
    doubts: u64,
}

/// The ending of a slot's group, held back.
struct EndCell(&'static GenerationCell);

impl Pending for EndCell {
    fn end(&self, end: End) -> bool {
        self.0.end_at(end)
    }

    fn is(&self, other: &dyn Any) -> bool {
        other.downcast_ref().is_some_and(|Self(other)| std::ptr::eq(self.0, *other))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl GenerationCell {
    pub(crate) const fn new() -> Self {
        let state = CellState {
            living: None,
            invalidated: Timestamp::NEVER,
            ended: 0,
            doubt: None,
            doubts: 0,
        };
        Self { state: Mutex::new(state), pulse: ChangeCount::new() }
    }

    pub(crate) fn id(&self) -> GroupId {
        GroupId(std::ptr::from_ref(self).addr() as u64)
    }

    /// Adds the living generation to `dependencies`.
    pub(crate) fn take(&'static self, dependencies: &mut DependencySet) {
        let mut state = self.state.lock();
        let invalidated = state.invalidated;
        let living = state.living.get_or_insert_with(|| Generation::begin(self.id(), &self.pulse));
        dependencies.add_taken(living, invalidated);
        if let Some(until) = state.doubt
            && let Some(begun) = dependencies.begun()
        {
            dependencies.doubt(begun, until);
        }
    }

    /// Ends the living generation as part of `invalidation`.
    pub(crate) fn end(&'static self, invalidation: &mut Invalidation) {
        if invalidation.is_first(self.id()) {
            invalidation.end(self.id(), |end| self.end_at(end), || EndCell(self));
        }
    }

    /// How often it was invalidated.
    pub(crate) fn invalidations(&self) -> u64 {
        self.pulse.count()
    }

    /// How many generations have ended.
    pub(crate) fn ended(&self) -> u64 {
        self.state.lock().ended
    }

    /// How often that left it in doubt.
    pub(crate) fn doubts(&self) -> u64 {
        self.state.lock().doubts
    }

    /// Ends the living generation now, and says whether there was one.
    pub(crate) fn end_at(&self, End { timestamp, doubt }: End) -> bool {
        let mut state = self.state.lock();
        // mutant: no-timestamp-without-generation
        state.invalidated = state.invalidated.max(timestamp);
        // mutant: wholes-no-doubt
        state.doubt = state.doubt.max(doubt);
        state.doubts += u64::from(doubt.is_some());
        let ended = state.living.take().is_some_and(|living| backlog::end(&living, timestamp));
        state.ended += u64::from(ended);
        drop(state);
        // mutant: whole-model-not-counted
        self.pulse.increment();
        ended
    }

    /// Forgets its doubt.
    #[cfg(all(test, gcache_model))]
    pub(crate) fn forget_doubt(&self) {
        self.state.lock().doubt = None;
    }

    /// How many generations live: one or none.
    pub(crate) fn living(&self) -> usize {
        usize::from(self.state.lock().living.is_some())
    }
}
