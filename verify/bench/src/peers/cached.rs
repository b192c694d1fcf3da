//! `cached`.

#![allow(clippy::unused_async, reason = "what is measured is the call, not what it waits for")]

use crate::body;
use cached::Cached as _;
use cached::macros::{cached, concurrent_cached};
use std::sync::Arc;

#[cached]
pub(crate) fn id(pk: u64) -> u64 {
    body::number(pk)
}

#[cached(max_size = 10_000)]
pub(crate) fn bounded(pk: u64) -> u64 {
    body::number(pk)
}

#[cached(max_size = 200_000)]
pub(crate) fn bounded_large(pk: u64) -> u64 {
    body::number(pk)
}

#[cached(ttl_secs = 3600)]
pub(crate) fn timed(pk: u64) -> u64 {
    body::number(pk)
}

#[cached(max_size = 10_000, ttl_secs = 3600)]
pub(crate) fn bounded_timed(pk: u64) -> u64 {
    body::number(pk)
}

#[cached(max_size = 200_000, ttl_secs = 3600)]
pub(crate) fn bounded_timed_large(pk: u64) -> u64 {
    body::number(pk)
}

#[concurrent_cached]
pub(crate) fn concurrent(pk: u64) -> u64 {
    body::number(pk)
}

#[concurrent_cached(max_size = 10_000)]
pub(crate) fn concurrent_bounded(pk: u64) -> u64 {
    body::number(pk)
}

#[concurrent_cached(max_size = 200_000)]
pub(crate) fn concurrent_bounded_large(pk: u64) -> u64 {
    body::number(pk)
}

#[concurrent_cached(ttl_secs = 3600)]
pub(crate) fn concurrent_timed(pk: u64) -> u64 {
    body::number(pk)
}

#[cached(key = "String", convert = { name.to_owned() })]
pub(crate) fn name(name: &str) -> u64 {
    body::name(name)
}

#[concurrent_cached(key = "String", convert = { name.to_owned() })]
pub(crate) fn concurrent_name(name: &str) -> u64 {
    body::name(name)
}

#[cached(key = "(u64, String)", convert = { (pk, name.to_owned()) })]
pub(crate) fn pair(pk: u64, name: &str) -> u64 {
    body::pair(pk, name)
}

#[concurrent_cached(key = "(u64, String)", convert = { (pk, name.to_owned()) })]
pub(crate) fn concurrent_pair(pk: u64, name: &str) -> u64 {
    body::pair(pk, name)
}

#[cached]
pub(crate) fn text(pk: u64) -> String {
    body::text(pk)
}

#[concurrent_cached]
pub(crate) fn concurrent_text(pk: u64) -> String {
    body::text(pk)
}

#[cached]
pub(crate) fn shared(pk: u64) -> Arc<str> {
    body::shared(pk)
}

#[concurrent_cached]
pub(crate) fn concurrent_shared(pk: u64) -> Arc<str> {
    body::shared(pk)
}

#[cached]
pub(crate) async fn waited(pk: u64) -> u64 {
    body::number(pk)
}

#[concurrent_cached]
pub(crate) async fn concurrent_waited(pk: u64) -> u64 {
    body::number(pk)
}

#[cached]
pub(crate) fn part(pk: u64) -> u64 {
    body::number(pk)
}

#[cached(max_size = 10_000)]
pub(crate) fn whole(pk: u64) -> u64 {
    body::count();
    (0..super::ours::PARTS).map(part).fold(pk, u64::wrapping_add)
}

#[cached(max_size = 10_000)]
pub(crate) fn chain(pk: u64, levels: u64) -> u64 {
    if levels == 0 { body::number(pk) } else { chain(pk, levels - 1).wrapping_add(1) }
}

#[cached(max_size = 10_000)]
pub(crate) fn missed(pk: u64) -> u64 {
    body::number(pk)
}

#[cached(max_size = 10_000, sync_writes = "by_key")]
pub(crate) fn missed_once(pk: u64) -> u64 {
    body::number(pk)
}

#[cached(max_size = 10_000, sync_writes = "by_key")]
pub(crate) fn missed_together(pk: u64) -> u64 {
    body::number(pk)
}

#[concurrent_cached(max_size = 10_000)]
pub(crate) fn concurrent_missed(pk: u64) -> u64 {
    body::number(pk)
}

#[cached]
pub(crate) fn on_shelf(shelf: u64, place: u64) -> u64 {
    body::number(shelf ^ place)
}

/// Removes what lies on a shelf, the only way there is: a look at each entry.
pub(crate) fn retain_other_shelves(shelf: u64) {
    ON_SHELF.write().retain(|(other, _), _| *other != shelf);
}

#[cached(max_size = 1_000)]
pub(crate) fn traced(pk: u64) -> u64 {
    body::number(pk)
}

/// Begins anew with the next trace.
pub(crate) fn forget_traced() {
    TRACED.write().cache_reset();
}
