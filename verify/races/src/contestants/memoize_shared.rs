//! `memoize`, with the one cache that all threads share; it can only be flushed as a whole.

use crate::{Contestant, compute};
use memoize::memoize;

pub(super) const CONTESTANT: Contestant = Contestant {
    library: "memoize",
    caches: "#[memoize(SharedCache)]",
    invalidates: "memoized_flush_row",
    read: row,
    invalidate: |_| memoized_flush_row(),
};

#[memoize(SharedCache)]
fn row(id: u64) -> u64 {
    compute(id)
}
