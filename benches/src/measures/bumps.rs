//! Ends of groups on which more and more entries depend.

use crate::contestant::{Field, bumps};
use crate::peers::{cached, ours};
use std::hint::black_box;

/// How many entries a `retain` has to look at.
const RETAINED: u64 = 100_000;

/// A shelf that is never bumped.
const OTHER: u64 = u64::MAX;

pub(super) fn one(_seed: u64) -> Field {
    field(1)
}

pub(super) fn thousand(_seed: u64) -> Field {
    field(1_000)
}

pub(super) fn many(_seed: u64) -> Field {
    field(100_000)
}

/// How many groups are bumped in a row, under one look at the clock.
const GROUPS: u64 = 8;

/// Bumps of groups with so many dependents each; `cached` ends those of one group.
fn field(dependents: u64) -> Field {
    for place in dependents..RETAINED {
        cached::on_shelf(OTHER, place);
    }
    vec![
        bumps(
            "gcache",
            GROUPS,
            dependents,
            |shelf, place| {
                black_box(ours::on_shelf(shelf, place));
            },
            |shelf| {
                black_box(ours::invalidate_shelf(shelf));
            },
        ),
        bumps(
            "cached, retain over 100k",
            1,
            dependents,
            |shelf, place| {
                black_box(cached::on_shelf(shelf, place));
            },
            cached::retain_other_shelves,
        ),
    ]
}
