//! Keys that break the rules of `Hash` and `Eq`, and destructors that keep everyone busy: what they do
//! to their own entries is their own concern, but nothing grows, hangs or panics.

use crate::common::must_end;
use gcache::{cache_against, group, of};
use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

group!(Item: u64);

const CALLS: u64 = 2000;

/// How many entries there are room for, and those that the store may hold in passing.
const CAPACITY: usize = 100;
const IN_PASSING: usize = CAPACITY / 8;

#[derive(Clone)]
struct Unequal(u64);

impl PartialEq for Unequal {
    fn eq(&self, _: &Self) -> bool {
        false
    }
}

impl Eq for Unequal {}

impl Hash for Unequal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

#[test]
fn a_key_that_does_not_equal_itself_never_hits() {
    group!(Item: u64);
    #[cache_against(Item(key.0), capacity = CAPACITY as u64)]
    fn item(key: &Unequal) -> u64 {
        key.0
    }

    must_end(|| {
        for call in 0..CALLS {
            assert_eq!(item(&Unequal(call % 5)), call % 5);
            invalidate_item(call % 7);
        }
        let stats = of(item).stats();
        assert_eq!((stats.hits, stats.misses), (0, CALLS));
        assert!(of(item).len() <= CAPACITY + IN_PASSING);
        of(item).clear().expect("it was called");
        assert_eq!(of(item).len(), 0);
    });
}

#[derive(Clone, PartialEq, Eq)]
struct Shifting(u64);

impl Hash for Shifting {
    fn hash<H: Hasher>(&self, state: &mut H) {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed).hash(state);
    }
}

#[test]
fn a_key_that_hashes_anew_each_time_stays_within_bounds() {
    group!(Item: u64);
    #[cache_against(Item(key.0), capacity = CAPACITY as u64)]
    fn item(key: &Shifting) -> u64 {
        key.0
    }

    must_end(|| {
        for call in 0..CALLS {
            assert_eq!(item(&Shifting(call % 5)), call % 5);
        }
        assert!(of(item).len() <= CAPACITY + IN_PASSING);
        of(item).clear().expect("it was called");
        assert_eq!(of(item).len(), 0);
    });
}

/// A value of which every third, when dropped, has a thread fill the memo and waits for it.
#[derive(Clone)]
struct Busy(u64);

thread_local!(static IN_DESTRUCTOR: Cell<bool> = const { Cell::new(false) });

#[cache_against(Item(pk), capacity = CAPACITY as u64)]
fn busy(pk: u64) -> Busy {
    Busy(pk)
}

impl Drop for Busy {
    fn drop(&mut self) {
        let pk = self.0;
        if pk.is_multiple_of(3) && !IN_DESTRUCTOR.get() {
            let filling = move || {
                IN_DESTRUCTOR.set(true);
                for more in 1..20 {
                    assert_eq!(busy(pk + more * CALLS).0, pk + more * CALLS);
                }
                invalidate_item(pk);
            };
            thread::spawn(filling).join().expect("it returns");
        }
    }
}

#[test]
fn destructors_may_wait_for_threads_that_use_the_same_memo() {
    must_end(|| {
        for pk in 0..CALLS {
            assert_eq!(busy(pk).0, pk);
            if pk.is_multiple_of(5) {
                invalidate_item(pk);
                assert_eq!(busy(pk).0, pk);
            }
        }
        of(busy).clear().expect("it was called");
        assert_eq!(busy(1).0, 1);
    });
}
