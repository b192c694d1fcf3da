//! Hit ratios: what the choice of what to keep is worth, on traces that are known for being hard.

use crate::body;
use crate::keys::{Draw, ranks};
use crate::options::Options;
use crate::peers::{cached, ours};
use crate::results::{Figure, Found, OURS, Results};
use crate::table::Rows;
use rand::SeedableRng as _;
use rand::rngs::SmallRng;

/// How many keys there are beside those of scans.
const KEYS: u64 = 100_000;

/// How many entries each cache may hold.
pub(crate) const CAPACITY: u64 = 1_000;

/// After so many requests the most popular keys are others, or a scan comes by.
const PERIOD: usize = 50_000;

/// How many keys a scan asks for, each once in the whole trace.
const SCAN: u64 = 10_000;

/// A cache under trial: answers a key, by computing or not.
type Cache = Box<dyn FnMut(u64) -> u64>;

/// A trace, and our function that nothing else has called.
struct Trace {
    name: &'static str,
    ours: fn(u64) -> u64,
    requests: fn(usize, &mut SmallRng) -> Vec<u64>,
}

const TRACES: [Trace; 8] = [
    Trace {
        name: "hit ratio, Zipf 0.7",
        ours: ours::traced::<7>,
        requests: |n, r| zipf(0.7, n, r),
    },
    Trace {
        name: "hit ratio, Zipf 0.8",
        ours: ours::traced::<8>,
        requests: |n, r| zipf(0.8, n, r),
    },
    Trace {
        name: "hit ratio, Zipf 0.9",
        ours: ours::traced::<9>,
        requests: |n, r| zipf(0.9, n, r),
    },
    Trace {
        name: "hit ratio, Zipf 1.0",
        ours: ours::traced::<10>,
        requests: |n, r| zipf(1.0, n, r),
    },
    Trace {
        name: "hit ratio, Zipf 1.1",
        ours: ours::traced::<11>,
        requests: |n, r| zipf(1.1, n, r),
    },
    Trace {
        name: "hit ratio, Zipf 1.2",
        ours: ours::traced::<12>,
        requests: |n, r| zipf(1.2, n, r),
    },
    Trace { name: "hit ratio, shifting", ours: ours::traced::<1>, requests: shifting },
    Trace { name: "hit ratio, scanning", ours: ours::traced::<2>, requests: scanning },
];

fn zipf(exponent: f64, requests: usize, random: &mut SmallRng) -> Vec<u64> {
    ranks(KEYS, Draw::Zipf(exponent), requests, random).collect()
}

/// Zipf's law, but every now and then half of a cacheful of unpopular keys become the most popular.
fn shifting(requests: usize, random: &mut SmallRng) -> Vec<u64> {
    let shift = |(at, rank)| (rank + (at / PERIOD) as u64 * (KEYS - CAPACITY / 2)) % KEYS;
    zipf(1.0, requests, random).into_iter().enumerate().map(shift).collect()
}

/// Zipf's law, but every now and then somebody asks for many keys that nobody asks for again.
fn scanning(requests: usize, random: &mut SmallRng) -> Vec<u64> {
    let mut trace = Vec::with_capacity(requests);
    let mut next = KEYS;
    for piece in zipf(1.0, requests, random).chunks(PERIOD) {
        trace.extend(piece);
        trace.extend(next..next + SCAN);
        next += SCAN;
    }
    trace
}

/// Runs all traces that the options ask for, and prints their hit ratios.
///
/// # Errors
///
/// An answer was wrong.
pub(crate) fn run(options: &Options, results: &mut Results) -> Result<(), String> {
    let chosen: Vec<&Trace> = TRACES.iter().filter(|trace| options.wants(trace.name)).collect();
    if chosen.is_empty() {
        return Ok(());
    }
    let requests = if options.full { 4_000_000 } else { 500_000 };
    let title = format!("{requests} requests, {CAPACITY} entries, {KEYS} keys");
    let header = [title.as_str(), OURS, "moka", "quick_cache", "cached max_size", "gcache - moka"];
    let mut rows = Rows::new(options.markdown, &header);
    for trace in chosen {
        let mut random = SmallRng::seed_from_u64(options.seed);
        let asked = (trace.requests)(requests, &mut random);
        let mut ratios = Vec::new();
        for (contestant, mut cache) in caches(trace) {
            let ratio = hits(&asked, &mut cache).map_err(|key| {
                format!("{}: {contestant}: the answer for {key} is wrong", trace.name)
            })?;
            ratios.push(ratio);
            let median = Figure::new(ratio);
            results.add([Found {
                measure: trace.name,
                threads: 1,
                contestant,
                median,
                sampled: None,
            }]);
        }
        let difference = format!("{:+.2}", ratios[0] - ratios[1]);
        let ratios = ratios.iter().map(|ratio| format!("{ratio:.2} %"));
        rows.line([trace.name.to_owned()].into_iter().chain(ratios).chain([difference]));
    }
    println!("{rows}");
    Ok(())
}

/// Ours first, then moka.
fn caches(trace: &Trace) -> [(&'static str, Cache); 4] {
    let moka: moka::sync::Cache<u64, u64> = moka::sync::Cache::new(CAPACITY);
    let quick = quick_cache::sync::Cache::<u64, u64>::new(1_000);
    cached::forget_traced();
    [
        (OURS, Box::new(trace.ours)),
        ("moka", Box::new(move |pk| moka.get_with(pk, || body::number(pk)))),
        (
            "quick_cache",
            Box::new(move |pk| {
                quick.get(&pk).unwrap_or_else(|| {
                    let value = body::number(pk);
                    quick.insert(pk, value);
                    value
                })
            }),
        ),
        ("cached max_size", Box::new(cached::traced)),
    ]
}

/// The share of requests that are answered without running the body, in percent; or the key whose answer
/// is wrong.
fn hits(asked: &[u64], cache: &mut Cache) -> Result<f64, u64> {
    let before = body::runs();
    for &key in asked {
        if cache(key) != body::value(key) {
            return Err(key);
        }
    }
    let misses = body::runs() - before;
    #[expect(clippy::cast_precision_loss, reason = "a share for people to read")]
    let share = 100.0 * (1.0 - misses as f64 / asked.len() as f64);
    Ok(share)
}
