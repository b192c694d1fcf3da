//! `cached`, where calls of one key that miss together compute once.

use crate::{Contestant, compute};
use cached::CachedExt;
use cached::macros::cached;

pub(super) const CONTESTANT: Contestant = Contestant {
    library: "cached",
    caches: "#[cached(sync_writes = \"by_key\")]",
    invalidates: "remove",
    read: row,
    invalidate: |id| {
        ROW.write().remove(&id);
    },
};

#[cached(sync_writes = "by_key")]
fn row(id: u64) -> u64 {
    compute(id)
}
