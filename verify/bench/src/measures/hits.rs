//! Hits of sync functions.

use crate::body::{line, value, value_of_name};
use crate::contestant::{Field, hits};
use crate::keys::{Draw, Keys};
use crate::peers::maps::Pair;
use crate::peers::{cached, cachelito, floor, memoize, ours};
use std::sync::Arc;
use std::time::Duration;

/// The exponent of Zipf's law where none is named.
const ZIPF: Draw = Draw::Zipf(1.0);

type Numbers = Arc<Keys<u64>>;

pub(super) fn one_key(seed: u64) -> Field {
    small(&Keys::numbers(1, ZIPF, seed))
}

pub(super) fn thousand_zipf(seed: u64) -> Field {
    small(&Keys::numbers(1_000, ZIPF, seed))
}

pub(super) fn thousand_uniform(seed: u64) -> Field {
    small(&Keys::numbers(1_000, Draw::Uniform, seed))
}

pub(super) fn many_zipf(seed: u64) -> Field {
    large(&Keys::numbers(100_000, ZIPF, seed))
}

pub(super) fn many_uniform(seed: u64) -> Field {
    large(&Keys::numbers(100_000, Draw::Uniform, seed))
}

/// Most of them are in no thread's own cache.
pub(super) fn million_uniform(seed: u64) -> Field {
    let keys = &Keys::numbers(1_000_000, Draw::Uniform, seed);
    vec![hits("gcache", keys, value, ours::id_unbounded), hits("cached", keys, value, cached::id)]
}

/// Up to 10,000 keys.
fn small(keys: &Numbers) -> Field {
    let mut field = vec![
        hits("gcache", keys, value, ours::id),
        hits("cached max_size", keys, value, cached::bounded),
        hits("cached max_size ttl", keys, value, cached::bounded_timed),
        hits("concurrent_cached max_size", keys, value, cached::concurrent_bounded),
    ];
    field.extend(unbounded(keys));
    field.extend(stores(keys, 10_000));
    field
}

/// Up to 200,000 keys.
fn large(keys: &Numbers) -> Field {
    let mut field = vec![
        hits("gcache", keys, value, ours::id_large),
        hits("cached max_size", keys, value, cached::bounded_large),
        hits("cached max_size ttl", keys, value, cached::bounded_timed_large),
        hits("concurrent_cached max_size", keys, value, cached::concurrent_bounded_large),
    ];
    field.extend(unbounded(keys));
    field.extend(stores(keys, 200_000));
    field
}

fn unbounded(keys: &Numbers) -> Field {
    vec![
        hits("(the loop alone)", keys, |key| key, |key| key),
        hits("hashbrown, thread-local", keys, value, floor::id),
        hits("cached", keys, value, cached::id),
        hits("cached ttl", keys, value, cached::timed),
        hits("concurrent_cached", keys, value, cached::concurrent),
        hits("memoize", keys, value, memoize::id),
        hits("memoize SharedCache", keys, value, memoize::shared_id),
        hits("cachelito", keys, value, cachelito::id),
    ]
}

/// The stores that are no memos: looked up by hand, filled where the key is missing.
fn stores(keys: &Numbers, capacity: usize) -> Field {
    let moka: moka::sync::Cache<u64, u64> = moka::sync::Cache::new(capacity as u64);
    let moka_with = moka.clone();
    let quick = quick_cache::sync::Cache::<u64, u64>::new(capacity);
    let index: scc::HashIndex<u64, u64> = scc::HashIndex::new();
    vec![
        hits("moka get", keys, value, move |pk| {
            moka.get(&pk).unwrap_or_else(|| {
                let value = crate::body::number(pk);
                moka.insert(pk, value);
                value
            })
        }),
        hits("moka get_with", keys, value, move |pk| {
            moka_with.get_with(pk, || crate::body::number(pk))
        }),
        hits("quick_cache get", keys, value, move |pk| {
            quick.get(&pk).unwrap_or_else(|| {
                let value = crate::body::number(pk);
                quick.insert(pk, value);
                value
            })
        }),
        hits("scc HashIndex peek_with", keys, value, move |pk| {
            index.peek_with(&pk, |_, value| *value).unwrap_or_else(|| {
                let value = crate::body::number(pk);
                // Another thread may have been first; then it is the same value.
                let _ = index.insert_sync(pk, value);
                value
            })
        }),
    ]
}

pub(super) fn one_name(seed: u64) -> Field {
    named(&Keys::numbers(1, ZIPF, seed).names())
}

pub(super) fn thousand_names(seed: u64) -> Field {
    named(&Keys::numbers(1_000, ZIPF, seed).names())
}

fn named(keys: &Arc<Keys<&'static str>>) -> Field {
    let moka: moka::sync::Cache<String, u64> = moka::sync::Cache::new(10_000);
    let quick = quick_cache::sync::Cache::<String, u64>::new(10_000);
    vec![
        hits("gcache", keys, value_of_name, ours::name),
        hits("(the loop alone)", keys, |key| key, |key| key),
        hits("hashbrown, thread-local", keys, value_of_name, floor::name),
        hits("cached", keys, value_of_name, cached::name),
        hits("concurrent_cached", keys, value_of_name, cached::concurrent_name),
        hits("memoize SharedCache", keys, value_of_name, |name| memoize::name(name.to_owned())),
        hits("cachelito", keys, value_of_name, cachelito::name),
        hits("moka get", keys, value_of_name, move |name| {
            moka.get(name).unwrap_or_else(|| moka.get_with_by_ref(name, || crate::body::name(name)))
        }),
        hits("quick_cache get", keys, value_of_name, move |name| {
            quick.get(name).unwrap_or_else(|| {
                let value = crate::body::name(name);
                quick.insert(name.to_owned(), value);
                value
            })
        }),
    ]
}

pub(super) fn pairs(seed: u64) -> Field {
    type Key = (u64, &'static str);
    fn right((pk, name): Key) -> u64 {
        value(pk) ^ value_of_name(name)
    }
    let numbers = Keys::numbers(1_000, ZIPF, seed);
    let names = numbers.names();
    let zip = |numbers: &[u64], names: &[&'static str]| {
        numbers.iter().copied().zip(names.iter().copied()).collect()
    };
    let keys = &Arc::new(Keys {
        distinct: zip(&numbers.distinct, &names.distinct),
        sequence: zip(&numbers.sequence, &names.sequence),
    });
    let moka: moka::sync::Cache<(u64, String), u64> = moka::sync::Cache::new(10_000);
    let quick = quick_cache::sync::Cache::<(u64, String), u64>::new(10_000);
    vec![
        hits("gcache", keys, right, |(pk, name)| ours::pair(pk, name)),
        hits("cached", keys, right, |(pk, name)| cached::pair(pk, name)),
        hits("concurrent_cached", keys, right, |(pk, name)| cached::concurrent_pair(pk, name)),
        hits("moka get", keys, right, move |(pk, name)| {
            moka.get(&Pair(pk, name)).unwrap_or_else(|| {
                moka.get_with((pk, name.to_owned()), || crate::body::pair(pk, name))
            })
        }),
        hits("quick_cache get", keys, right, move |(pk, name)| {
            quick.get(&Pair(pk, name)).unwrap_or_else(|| {
                let value = crate::body::pair(pk, name);
                quick.insert((pk, name.to_owned()), value);
                value
            })
        }),
    ]
}

pub(super) fn texts(seed: u64) -> Field {
    let keys = &Keys::numbers(1_000, ZIPF, seed);
    valued(keys, line, crate::body::text, [ours::text, cached::text, cached::concurrent_text])
}

pub(super) fn shared(seed: u64) -> Field {
    let keys = &Keys::numbers(1_000, ZIPF, seed);
    let functions = [ours::shared, cached::shared, cached::concurrent_shared];
    valued(keys, |pk| line(pk).into(), crate::body::shared, functions)
}

/// Those who return something other than a number: gcache's function and two of `cached`.
fn valued<V: Clone + PartialEq + Send + Sync + 'static>(
    keys: &Numbers,
    right: fn(u64) -> V,
    body: fn(u64) -> V,
    [ours, cached, concurrent]: [fn(u64) -> V; 3],
) -> Field {
    let moka: moka::sync::Cache<u64, V> = moka::sync::Cache::new(10_000);
    let quick = quick_cache::sync::Cache::<u64, V>::new(10_000);
    vec![
        hits("gcache", keys, right, ours),
        hits("cached", keys, right, cached),
        hits("concurrent_cached", keys, right, concurrent),
        hits("moka get", keys, right, move |pk| {
            moka.get(&pk).unwrap_or_else(|| moka.get_with(pk, || body(pk)))
        }),
        hits("quick_cache get", keys, right, move |pk| {
            quick.get(&pk).unwrap_or_else(|| {
                let value = body(pk);
                quick.insert(pk, value.clone());
                value
            })
        }),
    ]
}

pub(super) fn timed_one(seed: u64) -> Field {
    timed(&Keys::numbers(1, ZIPF, seed))
}

pub(super) fn timed_thousand(seed: u64) -> Field {
    timed(&Keys::numbers(1_000, ZIPF, seed))
}

fn timed(keys: &Numbers) -> Field {
    let moka: moka::sync::Cache<u64, u64> = moka::sync::Cache::builder()
        .max_capacity(10_000)
        .time_to_live(Duration::from_hours(1))
        .build();
    vec![
        hits("gcache", keys, value, ours::timed),
        hits("cached ttl", keys, value, cached::timed),
        hits("cached max_size ttl", keys, value, cached::bounded_timed),
        hits("concurrent_cached ttl", keys, value, cached::concurrent_timed),
        hits("memoize SharedCache ttl", keys, value, memoize::timed),
        hits("cachelito ttl", keys, value, cachelito::timed),
        hits("moka get", keys, value, move |pk| {
            moka.get(&pk).unwrap_or_else(|| moka.get_with(pk, || crate::body::number(pk)))
        }),
    ]
}
