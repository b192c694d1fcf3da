//! `cached`, where the whole cache is locked while a value is computed.

use crate::{Contestant, compute};
use cached::CachedExt;
use cached::macros::cached;

pub(super) const CONTESTANT: Contestant = Contestant {
    library: "cached",
    caches: "#[cached(sync_writes = true)]",
    invalidates: "remove",
    read: row,
    invalidate: |id| {
        ROW.write().remove(&id);
    },
};

#[cached(sync_writes = true)]
fn row(id: u64) -> u64 {
    compute(id)
}
