//! Ends of groups on which more and more entries depend.

use crate::contestant::{Field, invalidations};
use crate::peers::{cached, ours};
use std::hint::black_box;

/// How many entries a `retain` has to look at.
const RETAINED: u64 = 100_000;

/// A shelf that is never invalidated.
const UNTOUCHED: u64 = u64::MAX;

/// How many entries of another group are computed just before, where numbers of dependents are compared: as
/// many as leave nothing else in the processor's caches.
const OTHERS: u64 = 100_000;

pub(super) fn warm(_seed: u64) -> Field {
    field(1, 0)
}

pub(super) fn one(_seed: u64) -> Field {
    field(1, OTHERS)
}

pub(super) fn thousand(_seed: u64) -> Field {
    field(1_000, OTHERS)
}

pub(super) fn many(_seed: u64) -> Field {
    field(100_000, OTHERS)
}

/// How many groups are invalidated in a row, under one look at the clock.
const GROUPS: u64 = 8;

/// Invalidations of groups with so many dependents each; `cached` ends those of one group.
fn field(dependents: u64, others: u64) -> Field {
    for place in dependents..RETAINED {
        cached::on_shelf(UNTOUCHED, place);
    }
    vec![
        invalidations(
            "gcache",
            GROUPS,
            dependents,
            others,
            |shelf, place| {
                black_box(ours::on_shelf(shelf, place));
            },
            |shelf| {
                black_box(ours::invalidate_shelf(shelf));
            },
        ),
        invalidations(
            "cached, retain over 100k",
            1,
            dependents,
            0,
            |shelf, place| {
                black_box(cached::on_shelf(shelf, place));
            },
            cached::retain_other_shelves,
        ),
    ]
}
