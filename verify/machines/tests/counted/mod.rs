//! A cached function that shows when it was computed anew.

use gcache::{cache_against, group};
use std::sync::atomic::{AtomicU32, Ordering};

group!(pub Item: u64);

static COMPUTED: AtomicU32 = AtomicU32::new(0);

/// How many computations came before this one.
#[cache_against(Item(item))]
pub fn count(item: u64) -> u32 {
    let _ = item;
    COMPUTED.fetch_add(1, Ordering::SeqCst)
}
