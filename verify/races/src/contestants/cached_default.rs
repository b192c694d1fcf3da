//! `cached`, as its attribute is without options.

use crate::{Contestant, compute};
use cached::CachedExt;
use cached::macros::cached;

pub(super) const CONTESTANT: Contestant = Contestant {
    library: "cached",
    caches: "#[cached]",
    invalidates: "remove",
    read: row,
    invalidate: |id| {
        ROW.write().remove(&id);
    },
};

#[cached]
fn row(id: u64) -> u64 {
    compute(id)
}
