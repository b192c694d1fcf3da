//! The budget of the thread-local caches: their sum keeps to it, and what is used now has room.

mod common;

use common::{alive, alone, ignore};
use gcache::{
    CachedFunction, LocalCacheBudget, cache_against, group, of, set_local_cache_budget, stats,
};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Weak};
use std::thread;

group!(Item: u64);

const KIB: usize = 1 << 10;

/// Runs a test with a budget, and without any of what is held before.
fn with_budget(per_thread: usize, per_process: usize, test: impl FnOnce() + Send + 'static) {
    alone(move || {
        let budget = LocalCacheBudget::new().per_thread(per_thread).per_process(per_process);
        set_local_cache_budget(budget);
        test();
        set_local_cache_budget(LocalCacheBudget::new());
    });
}

fn bytes() -> usize {
    usize::try_from(stats().local_cache_bytes).expect("it fits")
}

/// Uses so many keys of a function, each a few times.
fn use_all<R>(keys: u64, call: impl Fn(u64) -> R) {
    (0..4).for_each(|_| (0..keys).for_each(|pk| ignore(call(pk))));
}

/// How many of the values this thread holds: another one has cleared the function, so nothing else does.
fn held(function: CachedFunction, made: &[Weak<u64>]) -> usize {
    thread::spawn(move || function.clear().expect("it was called")).join().expect("it returns");
    alive(made)
}

macro_rules! functions {
    ($($name:ident),*) => {$(
        #[cache_against(Item(pk))]
        fn $name(pk: u64) -> Arc<u64> {
            Arc::new(pk)
        }
    )*};
}

#[test]
fn the_caches_of_all_threads_keep_to_the_budget_at_any_moment() {
    functions!(one, two, three, four);

    with_budget(64 * KIB, 256 * KIB, || {
        static OVER: AtomicBool = AtomicBool::new(false);
        let before = bytes();
        let all_used = Arc::new(Barrier::new(9));
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let all_used = Arc::clone(&all_used);
                thread::spawn(move || {
                    for function in [one, two, three, four] {
                        use_all(2_000, |pk| {
                            if pk % 100 == 0 {
                                OVER.fetch_or(bytes() > 256 * KIB, Ordering::Relaxed);
                            }
                            function(pk)
                        });
                    }
                    all_used.wait();
                    all_used.wait();
                })
            })
            .collect();
        all_used.wait();
        // 8 threads that are to have 32 KiB each, of which each gets half at least.
        assert!((128 * KIB..=256 * KIB).contains(&bytes()), "{} bytes", bytes());
        all_used.wait();
        threads.into_iter().for_each(|thread| thread.join().expect("it does not panic"));
        assert!(!OVER.load(Ordering::Relaxed), "more was held at some moment");
        assert_eq!(bytes(), before, "a thread that has ended holds nothing");
    });
}

#[test]
fn a_thread_keeps_to_its_budget() {
    functions!(one, two);

    with_budget(64 * KIB, 1024 * KIB, || {
        let before = bytes();
        for function in [one, two, one] {
            use_all(5_000, function);
            assert!((32 * KIB..=64 * KIB).contains(&(bytes() - before)), "{} bytes", bytes());
        }
    });
}

#[test]
fn a_function_that_is_used_late_gets_room() {
    functions!(early, late);

    with_budget(64 * KIB, 1024 * KIB, || {
        use_all(5_000, early);
        let made: Vec<_> = (0..300).map(|pk| Arc::downgrade(&late(pk))).collect();
        (0..20).for_each(|_| use_all(300, late));
        let held = held(of(late), &made);
        assert!(held > 270, "{held} of 300 are held");
    });
}

#[test]
fn a_thread_that_comes_late_gets_room() {
    functions!(value);

    with_budget(64 * KIB, 64 * KIB, || {
        use_all(5_000, value);
        assert!(bytes() > 32 * KIB, "{} bytes", bytes());
        // Both are in use from now on.
        let (turn, turns) = (Arc::new(Barrier::new(2)), 8);
        let theirs = Arc::clone(&turn);
        let late = thread::spawn(move || {
            for _ in 0..turns {
                theirs.wait();
                use_all(300, value);
                theirs.wait();
            }
            bytes()
        });
        for _ in 0..turns {
            use_all(1_000, value);
            turn.wait();
            turn.wait();
        }
        let all = late.join().expect("it returns");
        let own = all - bytes();
        assert!((16 * KIB..=32 * KIB).contains(&own), "{own} bytes of {all}");
    });
}

#[test]
fn a_budget_of_zero_turns_the_caches_of_threads_off() {
    functions!(value);

    for (per_thread, per_process) in [(0, KIB * KIB), (KIB * KIB, 0)] {
        with_budget(per_thread, per_process, || {
            let made: Vec<_> = (0..100).map(|pk| Arc::downgrade(&value(pk))).collect();
            use_all(100, value);
            assert_eq!((bytes(), held(of(value), &made)), (0, 0));
        });
    }
}

#[test]
fn a_lowered_budget_takes_effect_within_64_calls() {
    functions!(value);
    #[cache_against(Item(pk))]
    fn busy(pk: u64) -> u64 {
        pk
    }

    for lowered in [0, 8 * KIB] {
        with_budget(1024 * KIB, 1024 * KIB, move || {
            let made: Vec<_> = (0..1_000).map(|pk| Arc::downgrade(&value(pk))).collect();
            use_all(1_000, value);
            busy(0);
            assert!(bytes() > 8 * KIB, "{} bytes", bytes());
            set_local_cache_budget(LocalCacheBudget::new().per_thread(lowered));
            (0..64).for_each(|_| ignore(busy(0)));
            assert!(bytes() <= lowered, "{} bytes", bytes());
            // A way takes 16 bytes.
            let held = held(of(value), &made);
            assert!(held <= lowered / 16, "{held} are held");
        });
    }
}
