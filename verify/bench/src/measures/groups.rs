//! What an entry depends on, and what depends on its caller.

use crate::contestant::{Field, hits, misses};
use crate::keys::{Draw, Keys};
use crate::peers::{cached, ours};
use std::hint::black_box;

pub(super) fn one_page(seed: u64) -> Field {
    by_groups(1, seed)
}

pub(super) fn pages(seed: u64) -> Field {
    by_groups(100, seed)
}

/// The same value three times, under more and more groups; all contestants are ours.
fn by_groups(keys: u64, seed: u64) -> Field {
    let keys = &Keys::numbers(keys, Draw::Zipf(1.0), seed);
    vec![
        hits("gcache", keys, ours::rows, ours::one_group),
        hits("gcache, three groups", keys, ours::rows, ours::three_groups),
        hits("gcache, 1,000 rows", keys, ours::rows, ours::row_groups),
    ]
}

/// Hits inside of a body: each page is a miss and asks for the same parts.
pub(super) fn nested(_seed: u64) -> Field {
    vec![
        misses("gcache", 20_000, |pk| {
            black_box(ours::whole(pk));
        }),
        misses("cached", 20_000, |pk| {
            black_box(cached::whole(pk));
        }),
    ]
}

/// Calls one inside of the other, each of which misses.
pub(super) fn chain(_seed: u64) -> Field {
    vec![
        misses("gcache", 20, |pk| {
            black_box(ours::chain(pk, ours::LEVELS));
        }),
        misses("cached", 20, |pk| {
            black_box(cached::chain(pk, ours::LEVELS));
        }),
    ]
}
