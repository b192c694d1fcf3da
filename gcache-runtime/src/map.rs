//! The lock-free map behind hits. This file alone names `papaya`.
//!
//! `Eq` and `Hash` of a key run under no lock, so they may panic or call back into the map. What a
//! map gives up is freed once the readers that were inside it have left, in batches of
//! [`BATCH`] per thread.
//!
//! At the end of a thread, when it has no number any more, maps can be read but not changed: removals
//! do nothing, which is safe since whatever is removed was flagged as ended before, and nobody asks
//! for insertions.

use crate::sync::Arc;
use crate::thread;
use papaya::{HashMap, HashMapRef};
use seize::{Collector, Guard as _, LocalGuard, OwnedGuard};
use std::hash::{BuildHasher, Hash};

/// How many removed values one thread holds back per map before it frees them together.
pub(crate) const BATCH: usize = 32;

/// A concurrent map of shared values.
pub(crate) struct Map<K, T, H = ahash::RandomState>(HashMap<K, Arc<T>, H>);

impl<K, T, H> Map<K, T, H>
where
    K: Hash + Eq,
    H: BuildHasher + Default,
{
    pub(crate) fn new() -> Self {
        let collector = Collector::new().batch_size(BATCH);
        Self(HashMap::builder().hasher(H::default()).collector(collector).build())
    }

    /// Enters the map, for reads in place: what is read stays until the guard is dropped.
    #[inline]
    pub(crate) fn pin(&self) -> Pinned<'_, K, T, H> {
        if thread::is_ending() {
            Pinned::AtTheEnd(self.0.pin_owned())
        } else {
            Pinned::Here(self.0.pin())
        }
    }

    /// Returns what `value` has replaced.
    pub(crate) fn insert(&self, key: K, value: Arc<T>) -> Option<Arc<T>> {
        self.0.pin().insert(key, value).cloned()
    }

    /// Removes `key` if `value` is still what it holds, and says whether it was.
    pub(crate) fn remove_this(&self, key: &K, value: &Arc<T>) -> bool {
        let is_this = |_: &K, held: &Arc<T>| Arc::ptr_eq(held, value);
        !thread::is_ending() && matches!(self.0.pin().remove_if(key, is_this), Ok(Some(_)))
    }

    /// Removes everything and frees what this thread held back.
    pub(crate) fn clear(&self) {
        if !thread::is_ending() {
            let guard = self.0.guard();
            self.0.clear(&guard);
            guard.flush();
        }
    }

    /// Frees what this thread held back.
    pub(crate) fn flush(&self) {
        if !thread::is_ending() {
            self.0.guard().flush();
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// A map that is being read.
pub(crate) enum Pinned<'map, K, T, H> {
    /// By this thread.
    Here(HashMapRef<'map, K, Arc<T>, H, LocalGuard<'map>>),
    /// At the end of a thread.
    AtTheEnd(HashMapRef<'map, K, Arc<T>, H, OwnedGuard<'map>>),
}

impl<K: Hash + Eq, T, H: BuildHasher> Pinned<'_, K, T, H> {
    #[inline]
    pub(crate) fn get(&self, key: &K) -> Option<&Arc<T>> {
        match self {
            Self::Here(map) => map.get(key),
            Self::AtTheEnd(map) => map.get(key),
        }
    }
}
