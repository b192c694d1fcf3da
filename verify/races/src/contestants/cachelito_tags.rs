//! `cachelito`, invalidated by tag.

use crate::{Contestant, compute};
use cachelito::{cache, invalidate_by_tag};

pub(super) const CONTESTANT: Contestant = Contestant {
    library: "cachelito",
    caches: "#[cache(tags = [\"rows\"])]",
    invalidates: "invalidate_by_tag",
    read: row,
    invalidate: |_| {
        invalidate_by_tag("rows");
    },
};

#[cache(tags = ["rows"])]
fn row(id: u64) -> u64 {
    compute(id)
}
