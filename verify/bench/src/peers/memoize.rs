//! `memoize`: a cache per thread, or one behind a mutex.

use crate::body;
use memoize::memoize;
use std::time::Duration;

#[memoize]
pub(crate) fn id(pk: u64) -> u64 {
    body::number(pk)
}

#[memoize(SharedCache)]
pub(crate) fn shared_id(pk: u64) -> u64 {
    body::number(pk)
}

#[memoize(SharedCache, TimeToLive: Duration::from_hours(1))]
pub(crate) fn timed(pk: u64) -> u64 {
    body::number(pk)
}

#[memoize(SharedCache)]
#[allow(clippy::needless_pass_by_value, reason = "the memo key is what is passed")]
pub(crate) fn name(name: String) -> u64 {
    body::name(&name)
}

#[memoize(SharedCache, Capacity: 10_000)]
pub(crate) fn missed(pk: u64) -> u64 {
    body::number(pk)
}
