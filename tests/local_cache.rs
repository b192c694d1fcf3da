//! The local cache of a thread: its entries are as fresh as the memo's, and it frees ended entries in passing.

mod common;

use common::{alive, alone, ignore, until};
use gcache::{CachedFunction, cache_against, group, of};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

group!(Item: u64);
group!(Other: u64);

/// Calls often enough for the thread to have the entry in its local cache.
fn use_often<R>(call: impl Fn() -> R) {
    (0..3).for_each(|_| ignore(call()));
}

#[test]
fn an_evicted_entry_is_not_served_by_the_local_cache() {
    static COMPUTED: AtomicU64 = AtomicU64::new(0);

    #[cache_against(Item(pk), capacity = 1)]
    fn lonely(pk: u64) -> u64 {
        COMPUTED.fetch_add(1, Ordering::Relaxed);
        pk
    }

    alone(|| {
        use_often(|| lonely(1));
        assert_eq!(COMPUTED.load(Ordering::Relaxed), 1);
        // Others are used more, until one of them has taken its place.
        while of(lonely).stats().evicted == 0 {
            use_often(|| lonely(2));
        }
        let before = COMPUTED.load(Ordering::Relaxed);
        lonely(1);
        lonely(2);
        assert!(of(lonely).len() <= 1);
        assert!(COMPUTED.load(Ordering::Relaxed) > before, "both were served, and one was evicted");
    });
}

#[test]
fn the_next_call_sees_an_invalidation_on_another_thread() {
    static ROW: AtomicU64 = AtomicU64::new(0);

    #[cache_against(Item(pk))]
    fn row(pk: u64) -> u64 {
        ignore(pk);
        ROW.load(Ordering::SeqCst)
    }

    alone(|| {
        let (ask, asked) = mpsc::channel();
        let (tell, told) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(move || {
                asked.iter().for_each(|()| tell.send(row(10)).expect("it is awaited"));
            });
            for now in 1..1000 {
                ROW.store(now, Ordering::SeqCst);
                invalidate_item(10);
                for _ in 0..3 {
                    ask.send(()).expect("it waits");
                    assert_eq!(told.recv(), Ok(now));
                }
            }
            drop(ask);
        });
    });
}

#[test]
fn invalidations_of_other_groups_leave_an_entry_a_hit() {
    #[cache_against(Item(pk))]
    fn item(pk: u64) -> u64 {
        pk
    }

    alone(|| {
        item(20);
        for pk in 0..1000 {
            invalidate_other(pk);
            item(20);
        }
        let stats = of(item).stats();
        assert_eq!((stats.hits, stats.misses), (1000, 1));
    });
}

#[test]
fn hits_are_counted_exactly_in_each_of_the_two_levels() {
    #[cache_against(Item(pk))]
    fn counted(pk: u64) -> u64 {
        pk
    }

    alone(|| {
        counted(30);
        // Joined, not scoped: a scope may end before what the threads kept is gone.
        let threads: Vec<_> =
            (0..4).map(|_| thread::spawn(|| (0..1000).for_each(|_| ignore(counted(30))))).collect();
        threads.into_iter().for_each(|thread| thread.join().expect("it does not panic"));
        let stats = of(counted).stats();
        assert_eq!((stats.hits, stats.misses), (4000, 1));
    });
}

/// Another thread clears, so that only the local cache of this one holds entries.
fn clear_elsewhere(function: CachedFunction) {
    thread::spawn(move || function.clear().expect("it was called"))
        .join()
        .expect("it does not panic");
}

#[test]
fn clear_sweeps_the_local_cache_of_its_thread() {
    #[cache_against(Item(pk))]
    fn value(pk: u64) -> Arc<u64> {
        Arc::new(pk)
    }

    alone(|| {
        let made: Vec<_> = (100..1100).map(|pk| Arc::downgrade(&value(pk))).collect();
        (100..1100).for_each(|pk| use_often(|| value(pk)));
        assert_eq!(alive(&made), 1000);
        of(value).clear().expect("it was called");
        assert_eq!(alive(&made), 0);
    });
}

#[test]
fn calls_of_other_functions_free_the_ended_entries_of_a_local_cache() {
    #[cache_against(Item(pk))]
    fn value(pk: u64) -> Arc<u64> {
        Arc::new(pk)
    }
    #[cache_against(Other(pk))]
    fn busy(pk: u64) -> u64 {
        pk
    }

    alone(|| {
        let mut misses = 0..;
        let mut miss = || misses.by_ref().take(10).for_each(|pk| ignore(busy(pk)));
        let mut hit = || (0..100).for_each(|_| ignore(busy(0)));
        for calls in [&mut hit as &mut dyn FnMut(), &mut miss] {
            let made: Vec<_> = (2000..3000).map(|pk| Arc::downgrade(&value(pk))).collect();
            (2000..3000).for_each(|pk| use_often(|| value(pk)));
            clear_elsewhere(of(value));
            assert!(alive(&made) > 0, "the test sees nothing if nothing is held");
            until(|| alive(&made) == 0, calls);
        }
    });
}

#[test]
fn the_end_of_a_thread_frees_its_local_cache() {
    #[cache_against(Item(pk))]
    fn value(pk: u64) -> Arc<u64> {
        Arc::new(pk)
    }

    alone(|| {
        let made = Arc::downgrade(&value(4000));
        let (tell, told) = mpsc::channel::<()>();
        let other = thread::spawn(move || {
            use_often(|| value(4000));
            told.recv().expect_err("it is dropped")
        });
        of(value).clear().expect("it was called");
        drop(tell);
        other.join().expect("it does not panic");
        assert_eq!(made.strong_count(), 0);
    });
}

#[test]
fn a_local_cache_is_no_larger_than_its_memo_by_much() {
    const CAPACITY: usize = 100;
    #[cache_against(Item(pk), capacity = CAPACITY as u64)]
    fn small(pk: u64) -> Arc<u64> {
        Arc::new(pk)
    }

    alone(|| {
        let made: Vec<_> = (5000..15_000)
            .map(|pk| {
                use_often(|| small(pk));
                Arc::downgrade(&small(pk))
            })
            .collect();
        clear_elsewhere(of(small));
        let held = alive(&made);
        // A hundredth of the keys fits; a tenth is a bound that every choice of sizes keeps.
        assert!((1..=10 * CAPACITY).contains(&held), "{held} are held");
    });
}

/// Values that weigh something are not held by threads at all.
#[test]
fn a_local_cache_holds_no_value_with_a_weight() {
    #[cache_against(Item(pk), max_weight = 1_000_000, weigh = |_: &Arc<u64>| 1u32)]
    fn value(pk: u64) -> Arc<u64> {
        Arc::new(pk)
    }

    alone(|| {
        let made = Arc::downgrade(&value(70_000));
        use_often(|| value(70_000));
        clear_elsewhere(of(value));
        assert_eq!(made.strong_count(), 0);
    });
}
