//! `quick_cache`, where all that a condition holds for are removed: its way to invalidate a group.

use crate::{Contestant, compute};
use quick_cache::sync::Cache;
use std::convert::Infallible;
use std::sync::LazyLock;

pub(super) const CONTESTANT: Contestant = Contestant {
    library: "quick_cache",
    caches: "get_or_insert_with",
    invalidates: "retain",
    read: row,
    invalidate: |id| ROWS.retain(|held, _| *held != id),
};

static ROWS: LazyLock<Cache<u64, u64>> = LazyLock::new(|| Cache::new(10_000));

fn row(id: u64) -> u64 {
    let Ok(value) = ROWS.get_or_insert_with(&id, || Ok::<_, Infallible>(compute(id)));
    value
}
