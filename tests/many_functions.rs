//! The budget of the thread-local caches where a thread calls thousands of functions.

use gcache::{Cached, LocalCacheBudget, set_local_cache_budget, stats, tag};

const KIB: u64 = 1 << 10;

/// A thread gives back what the tables of all functions take beyond the budget.
#[test]
fn a_lowered_budget_is_kept_to_at_once_however_many_functions_there_are() {
    let ample = LocalCacheBudget::new().per_thread(64 << 20);
    set_local_cache_budget(ample);
    let names = (0..2_000).map(|number| format!("one of many {number}"));
    let functions: Vec<Cached<u64, u64>> = names.map(Cached::new).collect();
    let call = |function: &Cached<u64, u64>| {
        assert_eq!(function.get_with(&7, || tag("many"), || 7).value, 7);
    };
    let bytes = || stats().local_cache_bytes;
    (0..4).for_each(|_| functions.iter().for_each(call));
    assert!(bytes() > 128 * KIB, "{} bytes", bytes());
    set_local_cache_budget(ample.per_thread(1 << 10));
    (0..64).for_each(|_| call(&functions[0]));
    assert!(bytes() <= KIB, "{} bytes", bytes());
}
