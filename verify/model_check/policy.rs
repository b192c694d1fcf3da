//! Stands in for the eviction policy: evicts the oldest slot when there are too many, or the newest, as the scenario
//! says. `moka` may do either.

use crate::cache::window::promotable;
use crate::config::Config;
use crate::model_check::{execution, step};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether newcomers are turned away, rather than the oldest evicted.
pub(crate) static REFUSES_NEWCOMERS: AtomicBool = AtomicBool::new(false);

/// Decides which slots may hold an entry. Its decisions last for one execution.
pub(crate) struct EvictionPolicy {
    /// In entries: scenarios use no weights.
    capacity: usize,
    /// Never locked across a step.
    state: Mutex<State>,
}

/// A slot whose entry is to be removed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evicted {
    pub(crate) slot: u64,
    pub(crate) has_expired: bool,
}

#[derive(Default)]
struct State {
    execution: u64,
    /// The oldest first.
    slots: Vec<u64>,
    evicted: Vec<Evicted>,
}

impl EvictionPolicy {
    pub(crate) fn new<K, V>(config: &Config<K, V>) -> Self {
        let max = config.window().map_or(config.max, promotable);
        let capacity = usize::try_from(max).unwrap_or(usize::MAX);
        Self { capacity, state: Mutex::default() }
    }

    pub(crate) fn max(&self) -> u64 {
        self.capacity as u64
    }

    /// Notes the slot in one step and makes room in another, as the real one does.
    pub(crate) fn insert(&self, slot: u64, _: u64) -> Vec<Evicted> {
        self.step(|state| {
            state.slots.retain(|held| *held != slot);
            state.slots.push(slot);
        });
        self.run_pending()
    }

    pub(crate) fn contains(&self, slot: u64) -> bool {
        self.step(|state| state.slots.contains(&slot))
    }

    pub(crate) fn record_access(&self, _slot: u64) -> Vec<Evicted> {
        self.take_evicted()
    }

    pub(crate) fn remove(&self, slot: u64) {
        self.step(|state| state.slots.retain(|held| *held != slot));
    }

    pub(crate) fn clear(&self) {
        self.step(|state| state.slots.clear());
    }

    pub(crate) fn run_pending(&self) -> Vec<Evicted> {
        self.step(|state| {
            while state.slots.len() > self.capacity {
                let newest = REFUSES_NEWCOMERS.load(Ordering::Relaxed);
                let at = if newest { state.slots.len() - 1 } else { 0 };
                let slot = state.slots.remove(at);
                state.evicted.push(Evicted { slot, has_expired: false });
            }
        });
        self.take_evicted()
    }

    /// The slots that it contains, sorted, in no step.
    #[cfg(test)]
    pub(crate) fn now(&self) -> Vec<u64> {
        let state = self.state.lock().expect("no step panics");
        let mut slots =
            if state.execution == execution() { state.slots.clone() } else { Vec::new() };
        slots.sort_unstable();
        slots
    }

    /// Does one step with the decisions.
    fn step<R>(&self, step_with: impl FnOnce(&mut State) -> R) -> R {
        step();
        let mut state = self.state.lock().expect("no step panics");
        if state.execution != execution() {
            *state = State { execution: execution(), ..State::default() };
        }
        step_with(&mut state)
    }

    fn take_evicted(&self) -> Vec<Evicted> {
        self.step(|state| std::mem::take(&mut state.evicted))
    }
}
