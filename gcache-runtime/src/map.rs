//! The lock-free map behind hits, flights and ledgers. This file alone names `papaya` and
//! `seize`.
//!
//! `Eq` and `Hash` of a key run under no lock, so they may panic or call back into the map. What a
//! map gives up is freed once the readers that were inside it have left, in batches of
//! [`BATCH`] per thread.

use crate::sync::Arc;
use std::hash::{BuildHasher, Hash};

/// How many removed values one thread holds back per map before it frees them together.
pub(crate) const BATCH: usize = 32;

/// A concurrent map of shared values.
pub(crate) struct Map<K, T, H = ahash::RandomState>(papaya::HashMap<K, Arc<T>, H>);

impl<K, T, H> Map<K, T, H>
where
    K: Hash + Eq,
    H: BuildHasher + Default,
{
    pub(crate) fn new() -> Self {
        let collector = seize::Collector::new().batch_size(BATCH);
        Self(
            papaya::HashMap::builder()
                .hasher(H::default())
                .collector(collector)
                .build(),
        )
    }

    /// Enters the map, for reads in place: what is read stays until the guard is dropped.
    #[inline]
    pub(crate) fn pin(&self) -> Pinned<'_, K, T, H> {
        Pinned(self.0.pin())
    }

    pub(crate) fn get(&self, key: &K) -> Option<Arc<T>> {
        self.pin().get(key).cloned()
    }

    pub(crate) fn insert(&self, key: K, value: Arc<T>) {
        self.0.pin().insert(key, value);
    }

    /// The value of `key`, which `new` makes if there is none.
    pub(crate) fn get_or_insert_with(&self, key: K, new: impl FnOnce() -> Arc<T>) -> Arc<T> {
        self.0.pin().get_or_insert_with(key, new).clone()
    }

    /// Whether `value` was put in, which it is only where `key` has none.
    pub(crate) fn try_insert(&self, key: K, value: Arc<T>) -> bool {
        self.0.pin().try_insert(key, value).is_ok()
    }

    /// Removes `key`, and says whether it was there.
    pub(crate) fn remove(&self, key: &K) -> bool {
        self.0.pin().remove(key).is_some()
    }

    /// Removes `key` if `value` is still what it holds, and says whether it was.
    pub(crate) fn remove_this(&self, key: &K, value: &Arc<T>) -> bool {
        matches!(
            self.0
                .pin()
                .remove_if(key, |_, held| Arc::ptr_eq(held, value)),
            Ok(Some(_))
        )
    }

    pub(crate) fn retain(&self, mut keep: impl FnMut(&Arc<T>) -> bool) {
        self.0.pin().retain(|_, value| keep(value));
    }

    /// Removes everything and frees what this thread held back.
    pub(crate) fn clear(&self) {
        use seize::Guard as _;
        let guard = self.0.guard();
        self.0.clear(&guard);
        guard.flush();
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// A map that is being read.
pub(crate) struct Pinned<'map, K, T, H>(
    papaya::HashMapRef<'map, K, Arc<T>, H, seize::LocalGuard<'map>>,
);

impl<K: Hash + Eq, T, H: BuildHasher> Pinned<'_, K, T, H> {
    #[inline]
    pub(crate) fn get(&self, key: &K) -> Option<&Arc<T>> {
        self.0.get(key)
    }
}

/// The hasher of keys that are hashes already.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hashed(u64);

impl std::hash::Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only a `u64` is hashed as itself");
    }
}

impl BuildHasher for Hashed {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        Self(0)
    }
}
