//! Stands in for the lock-free map: each operation is one step, and no lock is held while a value is read. A removed
//! value may be freed at once, the least that `papaya` promises.

use crate::model_check::{execution, step};
use crate::sync::Arc;
use elsa::FrozenVec;
use std::marker::PhantomData;
use std::sync::Mutex;

/// How many removed values this thread holds back.
pub(crate) fn held_back() -> u32 {
    0
}

/// Nothing is held back.
pub(crate) fn flush() {}

/// A concurrent map of shared values. What it holds lasts for one execution.
pub(crate) struct Map<K, T, H = ()> {
    /// Never locked across a step.
    held: Mutex<Held<K, T>>,
    hasher: PhantomData<fn() -> H>,
}

struct Held<K, T> {
    execution: u64,
    pairs: Pairs<K, T>,
}

type Pairs<K, T> = Vec<(K, Arc<T>)>;

impl<K: Eq + Clone, T, H> Map<K, T, H> {
    pub(crate) fn new() -> Self {
        let held = Held { execution: execution(), pairs: Vec::new() };
        Self { held: Mutex::new(held), hasher: PhantomData }
    }

    /// All maps are made of the same here.
    pub(crate) fn of_memo() -> Self {
        Self::new()
    }

    /// Does one step with the pairs.
    fn step<R>(&self, step_with: impl FnOnce(&mut Pairs<K, T>) -> R) -> R {
        step();
        let mut held = self.held.lock().expect("no step panics");
        let stale = (held.execution != execution()).then(|| std::mem::take(&mut held.pairs));
        held.execution = execution();
        let result = step_with(&mut held.pairs);
        drop(held);
        // Values may be the user's, and are dropped under no lock.
        drop(stale);
        result
    }

    pub(crate) fn pin(&self) -> Pinned<'_, K, T, H> {
        Pinned { map: self, read: FrozenVec::new() }
    }

    fn get(&self, key: &K) -> Option<Arc<T>> {
        self.step(|pairs| find(pairs, key).map(|at| Arc::clone(&pairs[at].1)))
    }

    pub(crate) fn insert(&self, key: K, value: Arc<T>) -> Option<Arc<T>> {
        self.step(|pairs| match find(pairs, &key) {
            Some(at) => Some(std::mem::replace(&mut pairs[at].1, value)),
            None => {
                pairs.push((key, value));
                None
            }
        })
    }

    pub(crate) fn remove_this(&self, key: &K, value: &Arc<T>) -> bool {
        let removed =
            self.step(|pairs| find_this(pairs, key, value).map(|at| pairs.swap_remove(at)));
        removed.is_some()
    }

    pub(crate) fn len(&self) -> usize {
        self.step(|pairs| pairs.len())
    }
}

fn find<K: Eq, T>(pairs: &Pairs<K, T>, key: &K) -> Option<usize> {
    pairs.iter().position(|(held, _)| held == key)
}

fn find_this<K: Eq, T>(pairs: &Pairs<K, T>, key: &K, value: &Arc<T>) -> Option<usize> {
    pairs.iter().position(|(held, held_value)| held == key && Arc::ptr_eq(held_value, value))
}

/// A map that is being read: a value that was read stays until this is dropped.
pub(crate) struct Pinned<'map, K, T, H> {
    map: &'map Map<K, T, H>,
    #[expect(clippy::redundant_allocation, reason = "the returned reference is to the `Arc`")]
    read: FrozenVec<Box<Arc<T>>>,
}

impl<K: Eq + Clone, T, H> Pinned<'_, K, T, H> {
    pub(crate) fn get(&self, key: &K) -> Option<&Arc<T>> {
        self.map.get(key).map(|value| self.read.push_get(Box::new(value)))
    }
}
