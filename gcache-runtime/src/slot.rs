//! Where the generation of a single group is kept: a whole model, a whole family, a memo's content.

use crate::backlog;
use crate::bump::Bump;
use crate::clock::Tick;
use crate::generation::{Basis, Generation, GroupId, Pulse};
use crate::held::Ending;
use crate::sync::{Arc, Mutex};
use std::any::Any;

/// The living generation of one group.
#[derive(Debug)]
pub(crate) struct Slot {
    state: Mutex<SlotState>,
    pulse: Pulse,
}

#[derive(Debug)]
struct SlotState {
    living: Option<Arc<Generation>>,
    bumped: Tick,
    ended: u64,
}

/// The ending of a slot's group, held back.
struct EndSlot(&'static Slot);

impl Ending for EndSlot {
    fn end(&self, tick: Tick) -> bool {
        self.0.end_at(tick)
    }

    fn is(&self, other: &dyn Any) -> bool {
        other.downcast_ref().is_some_and(|Self(other)| std::ptr::eq(self.0, *other))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Slot {
    pub(crate) const fn new() -> Self {
        let state = SlotState { living: None, bumped: Tick::NEVER, ended: 0 };
        Self { state: Mutex::new(state), pulse: Pulse::new() }
    }

    pub(crate) fn id(&self) -> GroupId {
        GroupId(std::ptr::from_ref(self).addr() as u64)
    }

    /// Adds the living generation to `basis`.
    pub(crate) fn take(&'static self, basis: &mut Basis) {
        let mut state = self.state.lock();
        let bumped = state.bumped;
        let living = state.living.get_or_insert_with(|| Generation::begin(self.id(), &self.pulse));
        basis.add_taken(living, bumped);
    }

    /// Ends the living generation as part of `bump`.
    pub(crate) fn end(&'static self, bump: &mut Bump) {
        if bump.is_first(self.id()) {
            bump.end(self.id(), |tick| self.end_at(tick), || EndSlot(self));
        }
    }

    /// How often it was bumped.
    pub(crate) fn bumps(&self) -> u64 {
        self.pulse.count()
    }

    /// How many generations have ended.
    pub(crate) fn ended(&self) -> u64 {
        self.state.lock().ended
    }

    /// Ends the living generation now, and says whether there was one.
    pub(crate) fn end_at(&self, tick: Tick) -> bool {
        let mut state = self.state.lock();
        state.bumped = state.bumped.max(tick);
        let ended = state.living.take().is_some_and(|living| backlog::end(&living, tick));
        state.ended += u64::from(ended);
        drop(state);
        self.pulse.beat();
        ended
    }

    /// How many generations live: one or none.
    pub(crate) fn living(&self) -> usize {
        usize::from(self.state.lock().living.is_some())
    }
}
