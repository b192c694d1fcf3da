//! What there may be more of, and whom it is measured on.

use crate::body::{number, value};
use crate::contestant::{Field, hits, invalidations};
use crate::keys::{Draw, Keys};
use crate::measures::misses;
use crate::peers::{cached, floor, many, ours};
use std::hint::black_box;
use std::sync::Arc;

/// One curve, or several over the same axis.
pub(super) struct Curve {
    /// What it is called by `--only`, and its file.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// What there is more and more of.
    pub(super) axis: &'static str,
    pub(super) unit: &'static str,
    pub(super) points: &'static [u64],
    /// On how many threads it is measured.
    pub(super) threads: fn(u64) -> usize,
    /// Whether the points are invalidations a second beside the measuring.
    pub(super) stream: bool,
    /// Who takes part at a point, with a seed. Each point has the same contestants.
    pub(super) field: fn(u64, u64) -> Field,
}

impl Curve {
    const fn new(
        name: &'static str,
        title: &'static str,
        axis: &'static str,
        points: &'static [u64],
        field: fn(u64, u64) -> Field,
    ) -> Self {
        Self { name, title, axis, unit: "ns per hit", points, threads: |_| 1, stream: false, field }
    }
}

const TO_A_MILLION: &[u64] = &[1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

const TO_64: &[u64] = &[1, 2, 4, 8, 16, 32, 64];

const FUNCTIONS: &[u64] =
    if many::FUNCTIONS.len() < 1_000 { &[1, 10, 100] } else { &[1, 10, 100, 1_000] };

pub(super) const ALL: &[Curve] = &[
    Curve::new(
        "keys",
        "A hit, by the number of keys, drawn by Zipf's law",
        "keys",
        TO_A_MILLION,
        |keys, seed| by_keys(&Keys::numbers(keys, ZIPF, seed)),
    ),
    Curve::new(
        "uniform keys",
        "A hit, by the number of keys, drawn evenly",
        "keys",
        TO_A_MILLION,
        |keys, seed| by_keys(&Keys::numbers(keys, Draw::Uniform, seed)),
    ),
    Curve::new(
        "groups",
        "A hit, by the number of other groups that live",
        "groups",
        TO_A_MILLION,
        beside_groups,
    ),
    Curve {
        unit: "ns per invalidation",
        ..Curve::new(
            "invalidations",
            "An invalidation, by the number of other groups that live",
            "groups",
            TO_A_MILLION,
            invalidations_beside_groups,
        )
    },
    Curve::new(
        "dependencies",
        "A hit, by what the entry depends on",
        "dependencies",
        &[1, 3, 10, 30, 100, 300, 1_000],
        |count, seed| {
            let keys = &Keys::numbers(1, ZIPF, seed).map(|_| count);
            vec![hits("gcache", keys, value, ours::depending)]
        },
    ),
    Curve::new(
        "functions",
        "A hit, by the number of cached functions that are called in turn",
        "functions",
        FUNCTIONS,
        by_functions,
    ),
    Curve {
        unit: "ns per hit, over all threads",
        threads: |threads| usize::try_from(threads).expect("a few threads"),
        ..Curve::new(
            "threads",
            "A hit, by the number of threads, of 1,000 keys by Zipf's law",
            "threads",
            TO_64,
            |_, seed| by_keys(&Keys::numbers(1_000, ZIPF, seed)),
        )
    },
    Curve {
        unit: "ns per miss, over all threads",
        threads: |threads| usize::try_from(threads).expect("a few threads"),
        ..Curve::new(
            "misses by threads",
            "A miss in a full cache of 10,000 entries, by the number of threads",
            "threads",
            TO_64,
            |_, _| misses::by_threads(),
        )
    },
    Curve {
        stream: true,
        ..Curve::new(
            "stream",
            "A hit, beside a stream of invalidations of other groups of its model",
            "invalidations a second",
            &[0, 1_000, 10_000, 100_000, 1_000_000],
            beside_invalidations,
        )
    },
];

const ZIPF: Draw = Draw::Zipf(1.0);

/// No cache has to give anything up.
const CAPACITY: usize = 2_000_000;

fn by_keys(keys: &Arc<Keys<u64>>) -> Field {
    let moka: moka::sync::Cache<u64, u64> = moka::sync::Cache::new(CAPACITY as u64);
    let quick = quick_cache::sync::Cache::<u64, u64>::new(CAPACITY);
    vec![
        hits("gcache", keys, value, ours::id_unbounded),
        hits("hashbrown, thread-local", keys, value, floor::id),
        hits("cached", keys, value, cached::id),
        hits("quick_cache get", keys, value, move |pk| {
            quick.get(&pk).unwrap_or_else(|| {
                let value = number(pk);
                quick.insert(pk, value);
                value
            })
        }),
        hits("moka get", keys, value, move |pk| {
            moka.get(&pk).unwrap_or_else(|| moka.get_with(pk, || number(pk)))
        }),
    ]
}

/// Shelves from here on are the others.
const OTHERS: u64 = 1 << 32;

/// Makes so many groups live beside those that are looked at.
fn live_beside(groups: u64) {
    for shelf in OTHERS..OTHERS + groups {
        black_box(ours::beside(shelf));
    }
}

fn beside_groups(groups: u64, seed: u64) -> Field {
    live_beside(groups);
    vec![hits("gcache", &Keys::numbers(1_000, ZIPF, seed), value, ours::shelved)]
}

fn invalidations_beside_groups(groups: u64, _seed: u64) -> Field {
    live_beside(groups);
    let depend = |shelf, place| {
        black_box(ours::on_shelf(shelf, place));
    };
    let invalidation = |shelf| {
        black_box(ours::invalidate_shelf(shelf));
    };
    vec![invalidations("gcache", 16, 1, 0, depend, invalidation)]
}

fn by_functions(count: u64, seed: u64) -> Field {
    let function = |n: u64| many::FUNCTIONS[usize::try_from(n).expect("an index")];
    let keys = &Keys::numbers(count, Draw::Uniform, seed).map(function);
    // Each function has one key, so that nothing but their number grows.
    vec![hits("gcache", keys, |_| value(7), |function| function(7))]
}

fn beside_invalidations(_invalidations: u64, seed: u64) -> Field {
    let (one, thousand) = (Keys::numbers(1, ZIPF, seed), Keys::numbers(1_000, ZIPF, seed));
    vec![
        hits("gcache, 1 key", &one, value, ours::id),
        hits("gcache, 1k Zipf", &thousand, value, ours::id),
        hits("gcache, 1 key, 1,000 rows", &one, ours::rows, ours::row_groups),
    ]
}
