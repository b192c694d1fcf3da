//! A memo whose computations are counted.

use gcache::{Answer, Cached, Source};
use std::cell::Cell;

/// A memo that counts its computations.
pub(crate) struct Counted {
    pub(crate) memo: Cached<String, u64>,
    pub(crate) runs: Cell<u64>,
}

impl Counted {
    pub(crate) fn new(name: &str) -> Self {
        Self { memo: Cached::new(name), runs: Cell::new(0) }
    }

    pub(crate) fn get<G: gcache::Groups + Send + Sync + 'static>(
        &self,
        key: &str,
        groups: impl FnOnce() -> G,
    ) -> Answer<u64> {
        self.memo.get_with(key, groups, || {
            self.runs.set(self.runs.get() + 1);
            self.runs.get()
        })
    }
}

/// An answer as what it is made of.
pub(crate) fn parts<V>(answer: Answer<V>) -> (V, Source) {
    (answer.value, answer.source)
}
