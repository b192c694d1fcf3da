//! What a thread has at hand in front of a memo: as fresh as the memo, and let go of in passing.

mod common;

use common::{alone, ignore};
use gcache::{cache_against, group, of};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Weak};
use std::thread;

group!(Item: u64);
group!(Other: u64);

/// Calls often enough for the thread to have the entry at hand.
fn use_often<R>(call: impl Fn() -> R) {
    (0..3).for_each(|_| ignore(call()));
}

#[test]
fn an_evicted_entry_is_not_served_from_at_hand() {
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
fn a_invalidation_on_another_thread_is_seen_at_the_next_call() {
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
fn invalidations_of_others_leave_it_a_hit() {
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
fn hits_are_counted_exactly_wherever_they_were_found() {
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

/// What lies at hand in this thread.
fn held<T>(made: &[Weak<T>]) -> usize {
    made.iter().filter(|made| made.strong_count() > 0).count()
}

#[test]
fn what_has_ended_is_let_go_of_in_passing() {
    #[cache_against(Item(pk))]
    fn value(pk: u64) -> Arc<u64> {
        Arc::new(pk)
    }
    #[cache_against(Other(pk))]
    fn busy(pk: u64) -> u64 {
        pk
    }

    alone(|| {
        let made: Vec<_> = (100..1100).map(|pk| Arc::downgrade(&value(pk))).collect();
        (100..1100).for_each(|pk| use_often(|| value(pk)));
        assert_eq!(held(&made), 1000);
        of(value).clear().expect("it was called");
        assert_eq!(held(&made), 0, "`clear` sweeps its own thread");

        let made: Vec<_> = (100..1100).map(|pk| Arc::downgrade(&value(pk))).collect();
        (100..1100).for_each(|pk| use_often(|| value(pk)));
        // Another thread clears, so that only the table of this one holds on to them.
        thread::spawn(|| of(value).clear().expect("it was called"))
            .join()
            .expect("it does not panic");
        assert!(held(&made) > 0, "the test sees nothing if nothing is held");
        // Every 64th hit, of whatever function, looks at four of the slots of each, of which there are at most 8,192 here.
        (0..64 * 2 * 8192 / 4).for_each(|_| ignore(busy(1)));
        assert_eq!(held(&made), 0);
    });
}

#[test]
fn misses_let_go_too() {
    #[cache_against(Item(pk))]
    fn value(pk: u64) -> Arc<u64> {
        Arc::new(pk)
    }
    #[cache_against(Other(pk))]
    fn busy(pk: u64) -> u64 {
        pk
    }

    alone(|| {
        let made: Vec<_> = (2000..3000).map(|pk| Arc::downgrade(&value(pk))).collect();
        (2000..3000).for_each(|pk| use_often(|| value(pk)));
        thread::spawn(|| of(value).clear().expect("it was called"))
            .join()
            .expect("it does not panic");
        assert!(held(&made) > 0, "the test sees nothing if nothing is held");
        (0..2 * 8192 / 4).for_each(|pk| ignore(busy(pk)));
        assert_eq!(held(&made), 0);
    });
}

#[test]
fn the_end_of_a_thread_lets_go() {
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
fn at_most_so_many_are_held() {
    #[cache_against(Item(pk), capacity = 100)]
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
        thread::spawn(|| of(small).clear().expect("it was called"))
            .join()
            .expect("it does not panic");
        let held = held(&made);
        // The places for 112 entries, and what the map frees in batches of 32, for each of two threads.
        assert!((1..=256 + 2 * 32).contains(&held), "{held} are held");
    });
}

/// Values that weigh something are not held by threads at all.
#[test]
fn heavy_values_are_not_held() {
    #[cache_against(Item(pk), max_weight = 1_000_000, weigh = |_: &Arc<u64>| 1u32)]
    fn value(pk: u64) -> Arc<u64> {
        Arc::new(pk)
    }

    alone(|| {
        let made = Arc::downgrade(&value(70_000));
        use_often(|| value(70_000));
        thread::spawn(|| of(value).clear().expect("it was called"))
            .join()
            .expect("it does not panic");
        assert_eq!(made.strong_count(), 0);
    });
}
