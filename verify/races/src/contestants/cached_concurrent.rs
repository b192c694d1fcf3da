//! `cached`, with its sharded store.

use crate::{Contestant, compute};
use cached::macros::concurrent_cached;

pub(super) const CONTESTANT: Contestant = Contestant {
    library: "cached",
    caches: "#[concurrent_cached]",
    invalidates: "remove",
    read: row,
    invalidate: |id| {
        ROW.remove(&id);
    },
};

#[concurrent_cached]
fn row(id: u64) -> u64 {
    compute(id)
}
