//! What an entry weighs: all bytes that are held after so many distinct keys, by the number of them.

use crate::body;
use crate::options::Options;
use crate::peers::ours;
use crate::results::{Figure, Found, OURS, Results};
use crate::table::{Rows, figure};
use cached::prelude::*;
use cached::{LruCache, ShardedUnboundCache, UnboundCache};
use std::convert::Infallible;

/// Each holds at least so many entries.
const CAPACITY: usize = 200_000;

/// Answers a key, by computing or not.
type Cache = Box<dyn FnMut(u64) -> u64>;

/// Makes a cache: what that allocates counts, too.
type Make = Box<dyn FnOnce() -> Cache>;

/// A number of entries, and our function that nothing else has called.
type Size = (&'static str, u64, fn(u64) -> u64);

const SIZES: [Size; 3] = [
    ("memory, 1k entries", 1_000, ours::weighed_1k),
    ("memory, 10k entries", 10_000, ours::weighed_10k),
    ("memory, 100k entries", 100_000, ours::weighed_100k),
];

/// Weighs the sizes that the options ask for, and prints bytes per entry.
///
/// # Errors
///
/// A cache did not hold what it was filled with.
pub(crate) fn run(options: &Options, results: &mut Results) -> Result<(), String> {
    let chosen: Vec<&Size> = SIZES.iter().filter(|(name, ..)| options.wants(name)).collect();
    if chosen.is_empty() {
        return Ok(());
    }
    let header = [
        "bytes per entry, u64 to u64",
        "gcache",
        "moka",
        "quick_cache",
        "cached",
        "cached max_size",
        "concurrent_cached",
        "hashbrown",
    ];
    let mut rows = Rows::new(options.markdown, &header);
    for &(measure, entries, ours) in chosen {
        let mut line = vec![measure.to_owned()];
        for (contestant, make) in caches(ours) {
            let bytes = weigh(entries, make)
                .map_err(|lost| format!("{measure}: {contestant}: {lost} entries are gone"))?;
            line.push(figure(bytes));
            let median = Figure::new(bytes);
            results.add([Found { measure, threads: 1, contestant, median, sampled: None }]);
        }
        rows.line(line);
    }
    println!("{rows}");
    Ok(())
}

/// Ours first. Those of `cached` are the stores behind its attributes.
fn caches(ours: fn(u64) -> u64) -> [(&'static str, Make); 7] {
    [
        (OURS, Box::new(move || Box::new(ours))),
        ("moka", Box::new(moka)),
        ("quick_cache", Box::new(quick_cache)),
        ("cached", Box::new(unbounded)),
        ("cached max_size", Box::new(bounded)),
        ("concurrent_cached", Box::new(sharded)),
        ("hashbrown", Box::new(hashbrown)),
    ]
}

fn moka() -> Cache {
    let cache: moka::sync::Cache<u64, u64> = moka::sync::Cache::new(CAPACITY as u64);
    Box::new(move |pk| cache.get_with(pk, || body::number(pk)))
}

fn quick_cache() -> Cache {
    let cache = quick_cache::sync::Cache::<u64, u64>::new(CAPACITY);
    Box::new(move |pk| {
        let Ok(value) = cache.get_or_insert_with(&pk, || Ok::<_, Infallible>(body::number(pk)));
        value
    })
}

fn unbounded() -> Cache {
    let mut cache = UnboundCache::builder().build().expect("nothing to get wrong");
    Box::new(move |pk| *cache.cache_get_or_set_with(pk, || body::number(pk)))
}

fn bounded() -> Cache {
    let cache = LruCache::builder().max_size(CAPACITY).build();
    let mut cache = cache.expect("a size is all that it needs");
    Box::new(move |pk| *cache.cache_get_or_set_with(pk, || body::number(pk)))
}

fn sharded() -> Cache {
    let cache: ShardedUnboundCache<u64, u64> = ShardedUnboundCache::new();
    Box::new(move |pk| {
        cache.get(&pk).unwrap_or_else(|| {
            let value = body::number(pk);
            cache.set(pk, value);
            value
        })
    })
}

fn hashbrown() -> Cache {
    let mut map = hashbrown::HashMap::<u64, u64>::new();
    Box::new(move |pk| *map.entry(pk).or_insert_with(|| body::number(pk)))
}

/// How many bytes an entry takes where there are so many; or how many entries are not there.
fn weigh(entries: u64, make: Make) -> Result<f64, u64> {
    // What earlier measures left would be freed in passing, and be taken off the sum.
    gcache::clear();
    let mut filled = None;
    let weighed = allocation_counter::measure(|| {
        let mut cache = make();
        (0..entries).for_each(|pk| {
            cache(pk);
        });
        filled = Some(cache);
    });
    let mut cache = filled.expect("it was filled just now");
    let before = body::runs();
    (0..entries).for_each(|pk| {
        cache(pk);
    });
    match body::runs() - before {
        #[expect(clippy::cast_precision_loss, reason = "a weight for people to read")]
        0 => Ok(weighed.bytes_current as f64 / entries as f64),
        lost => Err(lost),
    }
}
