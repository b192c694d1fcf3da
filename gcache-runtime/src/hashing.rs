//! The hashers of the runtime. This file alone names `ahash` and `foldhash`.

use std::hash::{BuildHasher, Hasher};

/// The hash of memo keys and group keys: seeded per process, so that no sender of requests can choose keys of one hash.
pub(crate) use ahash::RandomState as KeyHasher;

/// The quickest hash, trusted with nothing: it finds the buckets of a thread-local cache, and tells addresses apart.
pub(crate) use foldhash::fast::FixedState as QuickHasher;

/// The hasher of keys that are hashes already.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct IdentityHasher(u64);

impl Hasher for IdentityHasher {
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

impl BuildHasher for IdentityHasher {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        Self(0)
    }
}
