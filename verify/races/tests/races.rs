//! gcache wins all three races, and the races tell who does not.

use gcache_races::contestants::GCACHE;
use gcache_races::{Contestant, Outcome, compute, race};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock};
use std::time::Duration;

/// Longer than any call takes that waits for nothing.
const PATIENCE: Duration = Duration::from_mins(1);

#[test]
fn gcache_is_fresh_in_all_three_and_a_late_caller_does_not_wait() {
    for _ in 0..20 {
        let Outcome { computing, late, twice } = race(&GCACHE, PATIENCE);
        assert!(computing, "a value outlived the invalidation while it was computed");
        assert!(late.fresh, "a late caller was answered with the value of before");
        assert!(!late.waited, "a late caller waited for the doomed computation");
        assert!(twice, "an invalidation right after another was lost");
    }
}

/// A cache without flights: it looks, computes, and stores.
static STORED: LazyLock<Mutex<HashMap<u64, u64>>> = LazyLock::new(Mutex::default);

fn stored(id: u64) -> u64 {
    let held = STORED.lock().unwrap().get(&id).copied();
    held.unwrap_or_else(|| {
        let value = compute(id);
        STORED.lock().unwrap().insert(id, value);
        value
    })
}

fn remove(id: u64) {
    STORED.lock().unwrap().remove(&id);
}

#[test]
fn a_cache_that_stores_what_was_invalidated_meanwhile_is_stale_afterwards() {
    let Outcome { computing, late, twice } = race(&contestant(stored, remove), PATIENCE);
    assert_eq!((computing, late.fresh, late.waited, twice), (false, true, false, true));
}

#[test]
fn a_cache_that_lets_late_callers_join_is_stale_for_them() {
    type Cell = Arc<OnceLock<u64>>;
    static ROWS: LazyLock<Mutex<HashMap<u64, Cell>>> = LazyLock::new(Mutex::default);

    fn row(id: u64) -> u64 {
        let cell = Arc::clone(ROWS.lock().unwrap().entry(id).or_default());
        *cell.get_or_init(|| compute(id))
    }
    fn remove(id: u64) {
        ROWS.lock().unwrap().retain(|held, cell| *held != id || cell.get().is_none());
    }

    // The late caller waits for as long as that.
    let hold = Duration::from_secs(2);
    let Outcome { computing, late, twice } = race(&contestant(row, remove), hold);
    assert_eq!((computing, late.fresh, late.waited, twice), (false, false, true, true));
}

#[test]
fn a_cache_that_loses_every_second_invalidation_is_stale_after_two() {
    fn remove_each_second(id: u64) {
        static LOSE: AtomicBool = AtomicBool::new(false);
        if !LOSE.fetch_xor(true, Ordering::SeqCst) {
            remove(id);
        }
    }

    assert!(!race(&contestant(stored, remove_each_second), PATIENCE).twice);
}

fn contestant(read: fn(u64) -> u64, invalidate: fn(u64)) -> Contestant {
    Contestant { library: "none", caches: "row", invalidates: "remove", read, invalidate }
}
