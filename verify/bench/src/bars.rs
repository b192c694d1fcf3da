//! What is asked of the figures: bars, and what would be beyond them.

use crate::results::{Figure, Results};
use crate::table::{Rows, figure};

/// What a figure has to be.
#[derive(Clone, Copy)]
enum Bound {
    AtMost(f64),
    AtLeast(f64),
}
use Bound::{AtLeast, AtMost};

impl Bound {
    fn is_met(self, measured: f64) -> bool {
        match self {
            AtMost(bound) => measured <= bound,
            AtLeast(bound) => measured >= bound,
        }
    }

    fn text(self) -> String {
        match self {
            AtMost(bound) => format!("≤ {}", figure(bound)),
            AtLeast(bound) => format!("≥ {}", figure(bound)),
        }
    }
}

/// A line of the table: what is measured, against what, the bar, and what would be beyond it.
type Bar =
    (&'static str, &'static str, fn(&Results) -> Option<Figure>, Option<Bound>, Option<Bound>);

/// How much more an invalidation may cost with 100,000 dependents than with one, to be called flat.
const FLAT: f64 = 1.5;

const ONE: &str = "hit u64, 1 key";
const ZIPF: &str = "hit u64, 1k Zipf";
const MANY: &str = "hit u64, 100k Zipf";
const NAME: &str = "hit &str, 1 key";
const NAMES: &str = "hit &str, 1k Zipf";
const ASYNC: &str = "hit async, 1 key";
const TTL: &str = "hit ttl, 1 key";
const GROUPS: &str = "hit, groups of the entry";
const MISS: &str = "miss, bounded";
const INVALIDATE_WARM: &str = "invalidation, warm caches";
const INVALIDATE_ONE: &str = "invalidation, 1 dependent";
const INVALIDATE_MANY: &str = "invalidation, 100k dependents";

#[rustfmt::skip]
const BARS: &[Bar] = &[
    ("hit u64, T1, 1 key", "cached", |r| r.ratio(ONE, 1, "cached"), Some(AtMost(0.75)), None),
    ("hit u64, T1, 1 key", "hashbrown, thread-local", |r| r.ratio(ONE, 1, "hashbrown, thread-local"), None, Some(AtMost(1.3))),
    ("hit u64, T1, 1k Zipf", "cached", |r| r.ratio(ZIPF, 1, "cached"), Some(AtMost(1.0)), Some(AtMost(0.6))),
    ("hit u64, T1, 1k Zipf", "cached max_size", |r| r.ratio(ZIPF, 1, "cached max_size"), Some(AtMost(0.75)), None),
    ("hit &str, T1, 1 key", "cached", |r| r.ratio(NAME, 1, "cached"), Some(AtMost(0.65)), Some(AtMost(0.45))),
    ("hit &str, T1, 1k Zipf", "cached", |r| r.ratio(NAMES, 1, "cached"), Some(AtMost(0.65)), Some(AtMost(0.45))),
    ("hit &str, allocations", "none", |r| r.allocations(NAMES, 1), Some(AtMost(0.0)), None),
    ("hit u64, T1, 100k Zipf", "cached max_size", |r| r.ratio(MANY, 1, "cached max_size"), Some(AtMost(0.9)), Some(AtMost(0.6))),
    ("hit u64, T2, 1 key", "cached", |r| r.ratio(ONE, 2, "cached"), Some(AtMost(0.4)), Some(AtMost(0.15))),
    ("hit u64, T2, 1 key", "quick_cache get", |r| r.ratio(ONE, 2, "quick_cache get"), Some(AtMost(0.3)), None),
    ("hit u64, T2, 1k Zipf", "cached", |r| r.ratio(ZIPF, 2, "cached"), Some(AtMost(0.4)), Some(AtMost(0.15))),
    ("throughput of T2, 1 key", "T1", |r| Some(r.ours(ONE, 1)? / r.ours(ONE, 2)?), Some(AtLeast(1.6)), None),
    ("throughput of T2, 1k Zipf", "T1", |r| Some(r.ours(ZIPF, 1)? / r.ours(ZIPF, 2)?), Some(AtLeast(1.6)), None),
    ("hit async, T1, 1 key", "concurrent_cached", |r| r.ratio(ASYNC, 1, "concurrent_cached"), Some(AtMost(0.6)), Some(AtMost(0.35))),
    ("hit with ttl, T1, 1 key", "cached ttl", |r| r.ratio(TTL, 1, "cached ttl"), Some(AtMost(0.5)), None),
    ("hit, three groups", "one group", |r| against_one(r, "gcache, three groups"), Some(AtMost(1.5)), Some(AtMost(1.2))),
    ("hit, 1,000 rows", "one group", |r| against_one(r, "gcache, 1,000 rows"), Some(AtMost(1.5)), Some(AtMost(1.2))),
    ("miss, bounded", "moka get_with", |r| r.ratio(MISS, 1, "moka get_with"), Some(AtMost(0.6)), None),
    ("miss, bounded", "quick_cache get_or_insert_with", |r| r.ratio(MISS, 1, "quick_cache get_or_insert_with"), None, Some(AtMost(2.0))),
    ("invalidation, 100k dependents", "1 dependent", |r| Some(r.ours(INVALIDATE_MANY, 1)? / r.ours(INVALIDATE_ONE, 1)?), Some(AtMost(FLAT)), None),
    ("cached's retain over 100k", "invalidation, 100k dependents", |r| Some(r.of(INVALIDATE_MANY, 1, "cached, retain over 100k")? / r.ours(INVALIDATE_MANY, 1)?), Some(AtLeast(1000.0)), None),
    ("invalidation, warm caches", "ns", |r| r.ours(INVALIDATE_WARM, 1), None, Some(AtMost(150.0))),
    ("hit ratio, worst trace, points", "moka", worst_ratio, Some(AtLeast(-1.0)), Some(AtLeast(0.0))),
    ("memory per u64 entry, 100k", "moka", |r| r.ratio("memory, 100k entries", 1, "moka"), Some(AtMost(1.5)), Some(AtMost(1.0))),
];

fn against_one(results: &Results, contestant: &str) -> Option<Figure> {
    Some(results.of(GROUPS, 1, contestant)? / results.ours(GROUPS, 1)?)
}

/// By how many points ours is above moka, on the trace where that is least.
fn worst_ratio(results: &Results) -> Option<Figure> {
    results
        .named("hit ratio")
        .filter_map(|trace| Some(results.ours(trace, 1)? - results.of(trace, 1, "moka")?))
        .min_by(|one, other| one.value.total_cmp(&other.value))
}

/// The table of all bars, met or missed.
pub(crate) fn table(markdown: bool, results: &Results) -> String {
    let header = ["the bars", "against", "measured", "bar", "", "beyond", ""];
    let mut figures = Rows::new(markdown, &header);
    for (what, against, measured, bar, beyond) in BARS {
        // With `--only`, the others were not asked for.
        let Some(measured) = measured(results) else { continue };
        let verdict = |bound: &Option<Bound>| match bound {
            None => String::new(),
            Some(_) if !measured.trusted => "machine busy".to_owned(),
            Some(bound) if bound.is_met(measured.value) => "met".to_owned(),
            Some(_) => "missed".to_owned(),
        };
        let bound = |bound: &Option<Bound>| bound.map_or_else(String::new, Bound::text);
        figures.line([
            (*what).to_owned(),
            (*against).to_owned(),
            figure(measured.value),
            bound(bar),
            verdict(bar),
            bound(beyond),
            verdict(beyond),
        ]);
    }
    figures.to_string()
}
