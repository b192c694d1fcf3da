//! Hits of async functions.

use crate::body::{number, value};
use crate::contestant::{Field, async_hits};
use crate::keys::{Draw, Keys};
use crate::peers::{cached, ours};
use std::convert::Infallible;
use std::sync::Arc;

pub(super) fn one_key(seed: u64) -> Field {
    field(&Keys::numbers(1, Draw::Zipf(1.0), seed))
}

pub(super) fn thousand(seed: u64) -> Field {
    field(&Keys::numbers(1_000, Draw::Zipf(1.0), seed))
}

fn field(keys: &Arc<Keys<u64>>) -> Field {
    let moka: moka::future::Cache<u64, u64> = moka::future::Cache::new(10_000);
    let quick = quick_cache::sync::Cache::<u64, u64>::new(10_000);
    vec![
        async_hits("gcache", keys, value, ours::waited),
        async_hits("(the loop alone)", keys, |key| key, async |key| key),
        async_hits("cached", keys, value, cached::waited),
        async_hits("concurrent_cached", keys, value, cached::concurrent_waited),
        async_hits("moka future get_with", keys, value, async move |pk| {
            moka.get_with(pk, async { number(pk) }).await
        }),
        async_hits("quick_cache get_or_insert_async", keys, value, async move |pk| {
            let made = quick.get_or_insert_async(&pk, async { Ok::<_, Infallible>(number(pk)) });
            let Ok(value) = made.await;
            value
        }),
    ]
}
