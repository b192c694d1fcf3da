//! Misses in full caches of 10,000 entries: compute, store, and give another entry up.

use crate::body::number;
use crate::contestant::{Field, misses, shared_misses};
use crate::peers::{cached, cachelito, memoize, ours};
use std::convert::Infallible;
use std::hint::black_box;

/// How many entries each cache holds.
const CAPACITY: usize = 10_000;

/// How many keys fill it.
const FILL: u64 = 2 * CAPACITY as u64;

/// Makes a call of a function whose value is a number.
fn call(function: impl Fn(u64) -> u64) -> impl Fn(u64) {
    move |pk| {
        black_box(function(pk));
    }
}

pub(super) fn alone(_seed: u64) -> Field {
    vec![
        misses("gcache", FILL, call(ours::missed)),
        misses("cached max_size", FILL, call(cached::missed)),
        misses("cached max_size by_key", FILL, call(cached::missed_once)),
        misses("concurrent_cached max_size", FILL, call(cached::concurrent_missed)),
        misses("memoize SharedCache Capacity", FILL, call(memoize::missed)),
        misses("cachelito limit = 1,000 fifo", FILL, call(cachelito::missed)),
        misses("moka get_with", FILL, call(moka())),
        misses("quick_cache get_or_insert_with", FILL, call(quick_cache())),
    ]
}

/// Those whose misses are measured by the number of threads.
pub(crate) fn by_threads() -> Field {
    vec![
        misses("gcache", FILL, call(ours::missed)),
        misses("cached max_size", FILL, call(cached::missed)),
        misses("moka get_with", FILL, call(moka())),
        misses("quick_cache get_or_insert_with", FILL, call(quick_cache())),
    ]
}

/// Each key is missed and found once more, before the next.
pub(super) fn used_again(_seed: u64) -> Field {
    vec![
        misses("gcache", FILL, times(2, call(ours::missed_and_used))),
        misses("moka get_with", FILL, times(2, call(moka()))),
        misses("quick_cache get_or_insert_with", FILL, times(2, call(quick_cache()))),
    ]
}

/// Each key is missed and found twice more.
pub(super) fn used_twice(_seed: u64) -> Field {
    vec![
        misses("gcache", FILL, times(3, call(ours::missed_and_used_twice))),
        misses("moka get_with", FILL, times(3, call(moka()))),
        misses("quick_cache get_or_insert_with", FILL, times(3, call(quick_cache()))),
    ]
}

fn times(times: usize, call: impl Fn(u64)) -> impl Fn(u64) {
    move |pk| (0..times).for_each(|_| call(pk))
}

/// All threads ask for the same keys: the later one joins, waits or hits.
pub(super) fn together(_seed: u64) -> Field {
    vec![
        shared_misses("gcache", FILL, call(ours::missed_together)),
        shared_misses("cached max_size by_key", FILL, call(cached::missed_together)),
        shared_misses("moka get_with", FILL, call(moka())),
        shared_misses("quick_cache get_or_insert_with", FILL, call(quick_cache())),
    ]
}

fn moka() -> impl Fn(u64) -> u64 + Send + Sync {
    let cache: moka::sync::Cache<u64, u64> = moka::sync::Cache::new(CAPACITY as u64);
    move |pk| cache.get_with(pk, || number(pk))
}

fn quick_cache() -> impl Fn(u64) -> u64 + Send + Sync {
    let cache = quick_cache::sync::Cache::<u64, u64>::new(CAPACITY);
    move |pk| {
        let Ok(value) = cache.get_or_insert_with(&pk, || Ok::<_, Infallible>(number(pk)));
        value
    }
}
