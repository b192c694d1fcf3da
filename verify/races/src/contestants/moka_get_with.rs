//! `moka`, where calls that miss together compute once.

use crate::{Contestant, compute};
use moka::sync::Cache;
use std::sync::LazyLock;

pub(super) const CONTESTANT: Contestant = Contestant {
    library: "moka",
    caches: "get_with",
    invalidates: "invalidate",
    read: row,
    invalidate: |id| ROWS.invalidate(&id),
};

static ROWS: LazyLock<Cache<u64, u64>> = LazyLock::new(|| Cache::new(10_000));

fn row(id: u64) -> u64 {
    ROWS.get_with(id, || compute(id))
}
