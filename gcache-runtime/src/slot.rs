//! Where the generation of a single group is kept: a whole model, a whole family, a memo's content.

use crate::bump::Bump;
use crate::clock::Tick;
use crate::generation::{Basis, Generation, GroupId, Pulse};
use crate::sync::{Arc, Mutex};

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
}

impl Slot {
    pub(crate) const fn new() -> Self {
        let state = SlotState { living: None, bumped: Tick::NEVER };
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
        bump.end(self.id(), |tick| self.end_at(tick));
    }

    /// Ends the living generation now, and says whether there was one.
    pub(crate) fn end_at(&self, tick: Tick) -> bool {
        let mut state = self.state.lock();
        state.bumped = state.bumped.max(tick);
        let ended = state.living.take().is_some_and(|living| living.end(tick));
        drop(state);
        self.pulse.beat();
        ended
    }

    /// How many generations live: one or none.
    pub(crate) fn living(&self) -> usize {
        usize::from(self.state.lock().living.is_some())
    }
}
