//! `moka`'s entry API, with a condition for replacing: the program keeps a version, notes in each
//! value the one before its computation, and replaces values that have another than the current one.

use crate::{Contestant, compute};
use moka::sync::Cache;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

pub(super) const CONTESTANT: Contestant = Contestant {
    library: "moka",
    caches: "entry(..).or_insert_with_if",
    invalidates: "VERSION.fetch_add",
    read: row,
    invalidate: |_| {
        VERSION.fetch_add(1, Ordering::SeqCst);
    },
};

static VERSION: AtomicU64 = AtomicU64::new(0);

static ROWS: LazyLock<Cache<u64, Versioned>> = LazyLock::new(|| Cache::new(10_000));

#[derive(Clone)]
struct Versioned {
    version: u64,
    value: u64,
}

fn row(id: u64) -> u64 {
    let version = VERSION.load(Ordering::SeqCst);
    let entry = ROWS.entry(id).or_insert_with_if(
        || Versioned { version, value: compute(id) },
        |held| held.version != version,
    );
    entry.into_value().value
}
