//! Stands in for the store of record: gives up the oldest slot when there are too many, or the newest,
//! as the scenario says. `moka` may do either.

use crate::cache::policy::{Evicted, EvictionCause, Store};
use crate::config::{Bound, Config};
use crate::model_check::{execution, step};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether newcomers are turned away, rather than the oldest given up.
pub(crate) static REFUSES_NEWCOMERS: AtomicBool = AtomicBool::new(false);

/// Decides which slots may be held. What it decided lasts for one execution.
pub(crate) struct Kept {
    /// In entries: scenarios use no weights.
    capacity: usize,
    /// Never locked across a step.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    execution: u64,
    /// The oldest first.
    slots: Vec<u64>,
    given_up: Vec<Evicted>,
}

impl Store for Kept {
    fn new<K, V>(config: &Config<K, V>) -> Self {
        let (Bound::Entries(max) | Bound::Weight { max, .. }) = config.bound;
        let capacity = usize::try_from(max).unwrap_or(usize::MAX);
        Self { capacity, state: Mutex::default() }
    }

    /// Notes the slot in one step and makes room in another, as the real one does.
    fn admit(&self, slot: u64, _: u64) -> Vec<Evicted> {
        self.step(|state| {
            state.slots.retain(|held| *held != slot);
            state.slots.push(slot);
        });
        self.settle()
    }

    fn holds(&self, slot: u64) -> bool {
        self.step(|state| state.slots.contains(&slot))
    }

    fn touch(&self, _slot: u64) -> Vec<Evicted> {
        self.given_up()
    }

    fn remove(&self, slot: u64) {
        self.step(|state| state.slots.retain(|held| *held != slot));
    }

    fn clear(&self) {
        self.step(|state| state.slots.clear());
    }

    fn settle(&self) -> Vec<Evicted> {
        self.step(|state| {
            while state.slots.len() > self.capacity {
                let newest = REFUSES_NEWCOMERS.load(Ordering::Relaxed);
                let at = if newest { state.slots.len() - 1 } else { 0 };
                let slot = state.slots.remove(at);
                state.given_up.push(Evicted { slot, why: EvictionCause::Evicted });
            }
        });
        self.given_up()
    }
}

impl Kept {
    /// Does one step with what was decided.
    fn step<R>(&self, step_with: impl FnOnce(&mut State) -> R) -> R {
        step();
        let mut state = self.state.lock().expect("no step panics");
        if state.execution != execution() {
            *state = State { execution: execution(), ..State::default() };
        }
        step_with(&mut state)
    }

    fn given_up(&self) -> Vec<Evicted> {
        self.step(|state| std::mem::take(&mut state.given_up))
    }
}
