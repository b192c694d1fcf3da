//! `cachelito`, in its global scope.

use crate::body;
use cachelito::cache;

#[cache]
pub(crate) fn id(pk: u64) -> u64 {
    body::number(pk)
}

#[cache(ttl = 3600)]
pub(crate) fn timed(pk: u64) -> u64 {
    body::number(pk)
}

#[cache]
pub(crate) fn name(name: &str) -> u64 {
    body::name(name)
}

#[cache(limit = 1_000, policy = "fifo")]
pub(crate) fn missed(pk: u64) -> u64 {
    body::number(pk)
}
