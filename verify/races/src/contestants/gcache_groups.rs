//! gcache: a group for each row.

use crate::{Contestant, compute};
use gcache::{cache_against, group};

/// gcache.
pub const CONTESTANT: Contestant = Contestant {
    library: "gcache",
    caches: "#[cache_against(Row(id))]",
    invalidates: "invalidate_row",
    read: row,
    invalidate: |id| {
        invalidate_row(id);
    },
};

group!(Row: u64);

#[cache_against(Row(id))]
fn row(id: u64) -> u64 {
    compute(id)
}
