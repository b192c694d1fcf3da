//! What is measured, and by whom.

mod groups;
mod hits;
mod invalidations;
pub(crate) mod misses;
mod waited;

use crate::contestant::Field;

/// One thing to measure: a row of each table.
pub(crate) struct Measure {
    /// What it is called in tables, by `--only` and in the bars.
    pub(crate) name: &'static str,
    /// What an operation is called.
    pub(crate) unit: &'static str,
    /// On how many threads it is measured.
    pub(crate) threads: &'static [usize],
    /// Whether the short form measures it, too.
    pub(crate) short: bool,
    /// Whether a round takes so long that there are only few of them.
    pub(crate) few: bool,
    /// Who takes part, with this seed.
    pub(crate) field: fn(u64) -> Field,
}

impl Measure {
    const fn hit(name: &'static str, field: fn(u64) -> Field) -> Self {
        Self { name, unit: "hit", threads: &[1, 2], short: true, few: false, field }
    }

    const fn on(self, threads: &'static [usize]) -> Self {
        Self { threads, ..self }
    }

    const fn per(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    const fn few(self) -> Self {
        Self { few: true, ..self }
    }

    const fn full(self) -> Self {
        Self { short: false, ..self }
    }
}

/// All measures of time. A function that several of them use has seen fewer keys in the earlier ones.
pub(crate) const ALL: &[Measure] = &[
    Measure::hit("hit u64, 1 key", hits::one_key),
    Measure::hit("hit u64, 1k Zipf", hits::thousand_zipf),
    Measure::hit("hit u64, 1k uniform", hits::thousand_uniform).full(),
    Measure::hit("hit u64, 100k Zipf", hits::many_zipf),
    Measure::hit("hit u64, 100k uniform", hits::many_uniform).full(),
    Measure::hit("hit u64, 1M uniform", hits::million_uniform).on(&[1]).full(),
    Measure::hit("hit &str, 1 key", hits::one_name),
    Measure::hit("hit &str, 1k Zipf", hits::thousand_names),
    Measure::hit("hit (u64, &str), 1k Zipf", hits::pairs).full(),
    Measure::hit("hit, String value, 1k Zipf", hits::texts).full(),
    Measure::hit("hit, Arc<str> value, 1k Zipf", hits::shared).full(),
    Measure::hit("hit async, 1 key", waited::one_key),
    Measure::hit("hit async, 1k Zipf", waited::thousand),
    Measure::hit("hit ttl, 1 key", hits::timed_one),
    Measure::hit("hit ttl, 1k Zipf", hits::timed_thousand).full(),
    Measure::hit("hit, groups of the entry", groups::one_page).on(&[1]),
    Measure::hit("hit, groups of the entry, 100 keys", groups::pages).on(&[1]).full(),
    Measure::hit("page of 100 hits", groups::nested).on(&[1]).per("page"),
    Measure::hit("chain of 1,000 misses", groups::chain).on(&[1]).per("chain").full(),
    Measure::hit("miss, bounded", misses::alone).on(&[1, 2]).per("miss"),
    Measure::hit("miss, then a hit", misses::used_again).on(&[1]).per("miss"),
    Measure::hit("miss, then two hits", misses::used_twice).on(&[1]).per("miss"),
    Measure::hit("miss, the same keys at once", misses::together).on(&[2]).per("call"),
    Measure::hit("invalidation, warm caches", invalidations::warm).on(&[1]).per("invalidation"),
    Measure::hit("invalidation, 1 dependent", invalidations::one)
        .on(&[1])
        .per("invalidation")
        .few(),
    Measure::hit("invalidation, 1k dependents", invalidations::thousand)
        .on(&[1])
        .per("invalidation")
        .few(),
    Measure::hit("invalidation, 100k dependents", invalidations::many)
        .on(&[1])
        .per("invalidation")
        .few(),
];
