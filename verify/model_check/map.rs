//! Stands in for the lock-free map: each operation is one step, and no lock is held while a value is read. A removed
//! value may be freed at once, the least that `papaya` promises.

use crate::model_check::{execution, step};
use crate::sync::Arc;
use elsa::FrozenVec;
use std::sync::Mutex;

/// How many removed values this thread holds back.
pub(crate) fn held_back() -> u32 {
    0
}

/// Nothing is held back.
pub(crate) fn flush() {}

/// The entries of a memo, by slot. What it holds lasts for one execution.
pub(crate) struct Map<T> {
    /// Never locked across a step.
    held: Mutex<Held<T>>,
}

struct Held<T> {
    execution: u64,
    pairs: Pairs<T>,
    /// How many there were at most, at any moment.
    most: usize,
}

type Pairs<T> = Vec<(u64, Arc<T>)>;

impl<T> Map<T> {
    pub(crate) fn new() -> Self {
        Self { held: Mutex::new(Held { execution: execution(), pairs: Vec::new(), most: 0 }) }
    }

    /// Does one step with the pairs.
    fn step<R>(&self, step_with: impl FnOnce(&mut Pairs<T>) -> R) -> R {
        step();
        let mut held = self.held.lock().expect("no step panics");
        let stale = (held.execution != execution()).then(|| std::mem::take(&mut held.pairs));
        if stale.is_some() {
            held.most = 0;
        }
        held.execution = execution();
        let result = step_with(&mut held.pairs);
        held.most = held.most.max(held.pairs.len());
        drop(held);
        // Values may be the user's, and are dropped under no lock.
        drop(stale);
        result
    }

    pub(crate) fn pin(&self) -> Pinned<'_, T> {
        Pinned { map: self, read: FrozenVec::new() }
    }

    fn get(&self, slot: u64) -> Option<Arc<T>> {
        self.step(|pairs| find(pairs, slot).map(|at| Arc::clone(&pairs[at].1)))
    }

    pub(crate) fn insert(&self, slot: u64, value: Arc<T>) -> Option<Arc<T>> {
        self.step(|pairs| match find(pairs, slot) {
            Some(at) => Some(std::mem::replace(&mut pairs[at].1, value)),
            None => {
                pairs.push((slot, value));
                None
            }
        })
    }

    pub(crate) fn replace(&self, slot: u64, value: &Arc<T>) -> Option<Arc<T>> {
        self.step(|pairs| {
            let at = find(pairs, slot)?;
            Some(std::mem::replace(&mut pairs[at].1, Arc::clone(value)))
        })
    }

    pub(crate) fn remove_this(&self, slot: u64, value: &Arc<T>) -> bool {
        let removed =
            self.step(|pairs| find_this(pairs, slot, value).map(|at| pairs.swap_remove(at)));
        removed.is_some()
    }

    /// What it holds, in no step.
    #[cfg(test)]
    pub(crate) fn now(&self) -> Vec<(u64, Arc<T>)> {
        let held = self.held.lock().expect("no step panics");
        if held.execution == execution() { held.pairs.clone() } else { Vec::new() }
    }

    /// How many it held at most, at any moment of this execution.
    #[cfg(test)]
    pub(crate) fn most(&self) -> usize {
        let held = self.held.lock().expect("no step panics");
        if held.execution == execution() { held.most } else { 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.step(|pairs| pairs.len())
    }
}

fn find<T>(pairs: &Pairs<T>, slot: u64) -> Option<usize> {
    pairs.iter().position(|(held, _)| *held == slot)
}

fn find_this<T>(pairs: &Pairs<T>, slot: u64, value: &Arc<T>) -> Option<usize> {
    pairs.iter().position(|(held, held_value)| *held == slot && Arc::ptr_eq(held_value, value))
}

/// A map that is being read: a value that was read stays until this is dropped.
pub(crate) struct Pinned<'map, T> {
    map: &'map Map<T>,
    #[expect(clippy::redundant_allocation, reason = "the returned reference is to the `Arc`")]
    read: FrozenVec<Box<Arc<T>>>,
}

impl<T> Pinned<'_, T> {
    pub(crate) fn get(&self, slot: u64) -> Option<&Arc<T>> {
        self.map.get(slot).map(|value| self.read.push_get(Box::new(value)))
    }
}
