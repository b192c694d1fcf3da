//! Promise 7, Bounded: a memo keeps to its capacity or weight at any time, and lets go of what it has not.

mod common;

use common::alone;
use gcache::{cache_against, group, of};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::thread;

group!(Item: u64);

#[test]
fn capacity_bounds_the_entries() {
    const ROOM: u64 = 50;

    #[cache_against(Item(pk), capacity = 100)]
    fn hundred(pk: u64) -> u64 {
        pk
    }
    #[cache_against(Item(pk), capacity = ROOM)]
    fn fifty(pk: u64) -> u64 {
        pk
    }

    alone(|| {
        for pk in 0..5000 {
            hundred(pk);
            fifty(pk);
        }
        assert!(of(hundred).len() <= 100);
        assert!(of(fifty).len() as u64 <= ROOM);
        assert!(of(fifty).stats().evicted >= 4900);
        assert_eq!(of(fifty).stats().entries, of(fifty).len() as u64);
    });
}

#[test]
fn a_memo_never_exceeds_a_small_capacity() {
    group!(A16);
    #[cache_against(A16, capacity = 1)]
    fn small(pk: u64) -> u64 {
        pk
    }

    alone(|| {
        for pk in 0..50 {
            small(pk);
        }
        for pk in 0..50 {
            small(pk);
        }
        let hits = of(small).stats().hits;
        assert!(hits <= 1, "{hits} hits with a capacity of 1");
    });
}

#[test]
fn weight_bounds_the_entries() {
    #[cache_against(Item(pk), max_weight = 1000, weigh = Vec::len)]
    fn bytes(pk: u64) -> Vec<u8> {
        vec![0; 100]
    }
    #[cache_against(Item(pk), max_weight = 1000, weigh = |text: &Arc<str>| text.len())]
    fn text(pk: u64) -> Result<Arc<str>, std::io::Error> {
        Ok("x".repeat(500).into())
    }

    alone(|| {
        for pk in 0..100 {
            bytes(pk);
            text(pk).expect("it never fails");
        }
        assert!(of(bytes).len() <= 10 && of(bytes).stats().weight <= 1000);
        assert!(of(text).len() <= 2 && of(text).stats().weight <= 1000);
        assert!(!of(bytes).is_empty());
    });
}

#[test]
fn a_memo_never_exceeds_its_weight() {
    group!(A16b);
    static W: Mutex<Vec<Weak<Vec<u8>>>> = Mutex::new(Vec::new());
    fn w(v: &Arc<Vec<u8>>) -> usize {
        v.len()
    }
    #[cache_against(A16b, max_weight = 10, weigh = w)]
    fn small(pk: u64) -> Arc<Vec<u8>> {
        let a = Arc::new(vec![0u8; 1_000_000]);
        W.lock().unwrap().push(Arc::downgrade(&a));
        a
    }

    alone(|| {
        for pk in 0..50 {
            small(pk);
        }
        let held = W.lock().unwrap().iter().filter(|w| w.upgrade().is_some()).count();
        assert!(held <= 1, "{held} MB held with max_weight = 10");
    });
}

#[test]
fn clear_frees_the_removed_entries_of_its_thread() {
    group!(A11);
    static W: Mutex<Option<Weak<[u8]>>> = Mutex::new(None);
    #[cache_against(A11)]
    fn one(pk: u64) -> Arc<[u8]> {
        let a: Arc<[u8]> = vec![0; 1000].into();
        *W.lock().unwrap() = Some(Arc::downgrade(&a));
        a
    }

    alone(|| {
        one(1);
        of(one).clear().expect("it was called");
        assert!(
            W.lock().unwrap().as_ref().unwrap().upgrade().is_none(),
            "still held by its flight"
        );
    });
}

#[test]
fn a_value_without_weight_weighs_one() {
    #[cache_against(Item(pk), max_weight = 1_000, weigh = Vec::len)]
    fn empty(pk: u64) -> Vec<u64> {
        Vec::new()
    }

    alone(|| {
        for pk in 0..20_000 {
            empty(pk);
        }
        let len = of(empty).len();
        assert!((900..=1_000).contains(&len), "{len} entries");
        assert_eq!(of(empty).stats().weight, len as u64);
    });
}

#[test]
fn weights_beyond_32_bits_count_in_full() {
    #[cache_against(Item(gigabytes), max_weight = 10_000_000_000_u64, weigh = |gigabytes: &u64| gigabytes * 1_000_000_000)]
    fn huge(gigabytes: u64) -> u64 {
        gigabytes
    }
    #[cache_against(Item(bytes), max_weight = u64::MAX, weigh = |bytes: &u64| *bytes)]
    fn boundless(bytes: u64) -> u64 {
        bytes
    }

    alone(|| {
        let weight = || of(huge).stats().weight;
        huge(6);
        assert_eq!(weight(), 6_000_000_000);
        huge(3);
        assert_eq!(weight(), 9_000_000_000);
        of(huge).clear().expect("it was called");
        assert_eq!(weight(), 0);
        // Two of them are too much, whichever stays.
        huge(6);
        huge(5);
        assert!([6_000_000_000, 5_000_000_000].contains(&weight()), "{}", weight());
        of(huge).clear().expect("it was called");
        huge(10);
        assert_eq!(weight(), 10_000_000_000, "as heavy as may be");
        huge(11);
        assert_eq!(weight(), 10_000_000_000, "what is heavier is not stored");

        boundless(0);
        boundless(7);
        boundless(1 << 63);
        assert_eq!(of(boundless).stats().weight, (1 << 63) + 8);
    });
}

/// How many of `keys` are computed in each of three rounds.
fn rounds(runs: &AtomicUsize, keys: std::ops::Range<u64>, call: impl Fn(u64)) -> [usize; 3] {
    std::array::from_fn(|_| {
        let before = runs.load(Ordering::SeqCst);
        keys.clone().for_each(&call);
        runs.load(Ordering::SeqCst) - before
    })
}

#[test]
fn ended_entries_are_evicted_first() {
    group!(Shelf: u64);
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    #[cache_against(Shelf(pk), capacity = 100)]
    fn full(pk: u64) -> u64 {
        RUNS.fetch_add(1, Ordering::SeqCst);
        pk
    }

    alone(|| {
        let call = |pk| {
            full(pk);
        };
        // Used more than once, so that newcomers are worth less.
        assert_eq!(rounds(&RUNS, 0..100, call), [100, 0, 0]);
        Shelf::invalidate_all();
        assert_eq!(rounds(&RUNS, 1_000..1_100, call), [100, 0, 0]);
        for pk in 1_000..1_100 {
            invalidate_shelf(pk);
        }
        assert_eq!(rounds(&RUNS, 2_000..2_100, call), [100, 0, 0]);
        of(full).clear().expect("it was called");
        assert_eq!(of(full).len(), 0);
        assert_eq!(rounds(&RUNS, 3_000..3_100, call), [100, 0, 0]);
        // One in ten, wherever they lie.
        for pk in (3_000..3_100).step_by(10) {
            invalidate_shelf(pk);
        }
        assert_eq!(rounds(&RUNS, 4_000..4_010, call), [10, 0, 0]);
        let others = (3_000..3_100).filter(|pk| pk % 10 != 0);
        let before = RUNS.load(Ordering::SeqCst);
        others.for_each(call);
        assert_eq!(RUNS.load(Ordering::SeqCst), before, "they had no need to go");
        assert_eq!(of(full).stats().evicted, 0);
    });
}

/// Whether they were used or not.
#[test]
fn after_an_invalidation_of_all_others_are_computed_once() {
    group!(Desk: u64);
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    #[cache_against(Desk(pk), capacity = 100)]
    fn full(pk: u64) -> u64 {
        RUNS.fetch_add(1, Ordering::SeqCst);
        pk
    }

    alone(|| {
        let call = |pk| {
            full(pk);
        };
        for (first, uses) in [(0, 1), (1_000, 2), (2_000, 50), (3_000, 1)] {
            let keys = first..first + 100;
            (0..uses).for_each(|_| keys.clone().for_each(call));
            // Some of them promoted.
            (0..uses).for_each(|_| (first + 100..first + 150).for_each(call));
            Desk::invalidate_all();
            assert_eq!(rounds(&RUNS, first + 500..first + 600, call), [100, 0, 0]);
        }
        let stats = of(full).stats();
        assert_eq!(stats.misses, stats.entries + stats.ended + stats.evicted);
    });
}

#[test]
fn capacity_bounds_the_entries_of_all_threads() {
    const CAPACITY: u64 = 64;
    group!(Chair: u64);
    #[cache_against(Chair(pk), capacity = CAPACITY)]
    fn taken(pk: u64) -> u64 {
        pk
    }

    alone(|| {
        for round in 0..200 {
            thread::scope(|scope| {
                for thread in 0..4 {
                    scope.spawn(move || {
                        for call in 0..200_u64 {
                            let pk = (call * (thread + 3) + round * 7) % 97;
                            assert_eq!(taken(pk), pk);
                            match call % 50 {
                                10 => {
                                    invalidate_chair(pk);
                                }
                                20 if round % 10 == 0 => of(taken).clear().expect("it was called"),
                                30 => {
                                    Chair::invalidate_all();
                                }
                                _ => {}
                            }
                        }
                    });
                }
            });
            let len = of(taken).len() as u64;
            assert!(len <= CAPACITY, "{len} entries in round {round}");
        }
    });
}
