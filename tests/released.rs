//! Promise 7, Bounded, in time: what has ended is freed without a call for the same keys, within the next
//! thousand calls of whatever function on whatever thread.

mod common;

use common::{PATIENCE, alive, alone, ignore, poll_once};
use gcache::{Transaction, cache_against, group, of};
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

group!(Other: u64);

/// Few, since housekeeping goes through all that lives.
#[cache_against(Other(pk), capacity = 16)]
fn busy(pk: u64) -> u64 {
    pk
}

/// A thousand calls that have nothing to do with what is tested: hits.
fn thousand_hits() {
    (0..1000).for_each(|_| ignore(busy(0)));
}

/// A thousand that miss.
fn thousand_misses() {
    (0..1000).for_each(|pk| ignore(busy(1_000_000 + pk)));
}

/// Does `work` on a thread, which has ended when this returns.
fn elsewhere<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    thread::spawn(work).join().expect("it does not panic")
}

#[test]
fn entries_that_an_ended_thread_removed_are_freed() {
    group!(Item: u64);
    #[cache_against(Item(pk), capacity = 16)]
    fn value(pk: u64) -> Arc<u64> {
        Arc::new(pk)
    }

    alone(|| {
        let mut made = Vec::new();
        for thread in 0..8 {
            made.extend(elsewhere(move || {
                (0..40).map(|pk| Arc::downgrade(&value(thread * 100 + pk))).collect::<Vec<_>>()
            }));
        }
        thousand_hits();
        let held = alive(&made);
        assert!((1..=16).contains(&held), "{held} are alive for a capacity of 16");
        of(value).clear().expect("it was called");
        assert_eq!(alive(&made), 0, "after `clear`");
    });
}

#[test]
fn entries_that_threads_replaced_are_freed() {
    group!(Item: u64);
    #[cache_against(Item(pk))]
    fn value(pk: u64) -> Arc<u64> {
        Arc::new(pk)
    }

    alone(|| {
        let mut made = Vec::new();
        for _ in 0..8 {
            made.push(elsewhere(|| {
                let made = Arc::downgrade(&value(1));
                invalidate_item(1);
                made
            }));
        }
        made.push(Arc::downgrade(&value(1)));
        thousand_hits();
        assert_eq!(alive(&made), 1, "the last one is valid");
    });
}

#[test]
fn hits_of_another_function_free_invalidated_entries() {
    group!(Item: u64);
    #[cache_against(Item(pk))]
    fn value(pk: u64) -> Arc<u64> {
        Arc::new(pk)
    }

    alone(|| {
        let made = elsewhere(|| (0..400).map(|pk| Arc::downgrade(&value(pk))).collect::<Vec<_>>());
        thousand_hits();
        assert_eq!(alive(&made), 400, "none has ended");
        Item::invalidate_all();
        thousand_hits();
        assert_eq!(alive(&made), 0);
        assert_eq!(of(value).len(), 0);
        assert_eq!(of(value).stats().ended, 400);
    });
}

#[test]
fn misses_of_another_function_free_invalidated_entries() {
    group!(Item: u64);
    #[cache_against(Item(pk))]
    fn value(pk: u64) -> Arc<u64> {
        Arc::new(pk)
    }

    alone(|| {
        let made = elsewhere(|| (0..1000).map(|pk| Arc::downgrade(&value(pk))).collect::<Vec<_>>());
        Item::invalidate_all();
        elsewhere(thousand_misses);
        assert_eq!(alive(&made), 0);
    });
}

/// Where all keys are invalidated, one entry is counted for each key.
#[test]
fn entries_of_one_key_are_freed_when_all_keys_are_invalidated() {
    group!(Shelf: u64);
    #[cache_against(Shelf(1))]
    fn value(pk: u64) -> Arc<u64> {
        Arc::new(pk)
    }

    alone(|| {
        let made: Vec<_> = (0..4_000).map(|pk| Arc::downgrade(&value(pk))).collect();
        Shelf::invalidate_all();
        elsewhere(thousand_misses);
        assert_eq!(alive(&made), 0);
    });
}

#[test]
fn one_invalidated_entry_of_a_hundred_is_freed() {
    group!(Item: u64);
    #[cache_against(Item(pk))]
    fn value(pk: u64) -> Arc<u64> {
        Arc::new(pk)
    }

    alone(|| {
        let made: Vec<_> = (0..100).map(|pk| Arc::downgrade(&value(pk))).collect();
        for (pk, made) in [0, 50, 99].map(|pk| (pk as u64, &made[pk])) {
            invalidate_item(pk);
            assert!(made.strong_count() > 0, "the test sees nothing if nothing is held");
            thousand_hits();
            assert_eq!(made.strong_count(), 0, "{pk}");
        }
        assert_eq!(alive(&made), 97);
        assert_eq!(of(value).len(), 97);
    });
}

/// A thread that waits, and does what it is told.
struct Idle {
    tell: Sender<Box<dyn FnOnce() + Send>>,
    done: Receiver<()>,
    thread: thread::JoinHandle<()>,
}

impl Idle {
    fn new() -> Self {
        let (tell, told) = mpsc::channel::<Box<dyn FnOnce() + Send>>();
        let (did, done) = mpsc::channel();
        let work = move || {
            for work in told {
                work();
                did.send(()).expect("it is awaited");
            }
        };
        Self { tell, done, thread: thread::spawn(work) }
    }

    fn run(&self, work: impl FnOnce() + Send + 'static) {
        self.tell.send(Box::new(work)).expect("the thread waits");
        self.done.recv().expect("it does not panic");
    }

    fn end(self) {
        drop(self.tell);
        self.thread.join().expect("it does not panic");
    }
}

#[test]
fn an_idle_thread_frees_ended_entries_when_it_calls_again() {
    group!(Item: u64);
    #[cache_against(Item(pk))]
    fn value(pk: u64) -> Arc<u64> {
        Arc::new(pk)
    }

    alone(|| {
        let made: Vec<_> = (0..50).map(|pk| Arc::downgrade(&value(pk))).collect();
        let idle = [Idle::new(), Idle::new()];
        // In the local caches of both.
        for idle in &idle {
            idle.run(|| (0..150).for_each(|call| ignore(value(call % 50))));
        }
        Item::invalidate_all();
        thousand_hits();
        assert_eq!(of(value).len(), 0);
        assert!(alive(&made) > 0, "the test sees nothing if nothing is held");
        let [calls, ends] = idle;
        calls.run(thousand_hits);
        ends.end();
        assert_eq!(alive(&made), 0);
        calls.end();
    });
}

#[test]
fn entries_that_an_idle_thread_removed_are_freed_when_it_ends() {
    group!(Item: u64);
    #[cache_against(Item(pk), capacity = 8)]
    fn value(pk: u64) -> Arc<u64> {
        Arc::new(pk)
    }

    alone(|| {
        let idle = Idle::new();
        let (send, made) = mpsc::channel();
        idle.run(move || {
            (0..200).for_each(|pk| send.send(Arc::downgrade(&value(pk))).expect("it is awaited"));
        });
        let made: Vec<_> = made.iter().collect();
        let held = alive(&made);
        assert!(held <= 9 + 32, "{held} are held by a memo of 8 and a thread");
        idle.end();
        let held = alive(&made);
        assert!(held <= 9, "{held} are alive for a capacity of 8");
    });
}

/// A value whose destructor calls, which steps of housekeeping must survive.
#[test]
fn destructors_may_call_while_ended_entries_are_freed() {
    group!(Item: u64);
    #[derive(Clone)]
    struct Calls(Arc<OnDrop>);
    struct OnDrop(u64);
    impl Drop for OnDrop {
        fn drop(&mut self) {
            busy(2_000_000 + self.0);
            if self.0.is_multiple_of(3) {
                of(value).clear().expect("it was called");
                std::panic::resume_unwind(Box::new("contained"));
            }
        }
    }
    #[cache_against(Item(pk))]
    fn value(pk: u64) -> Calls {
        Calls(Arc::new(OnDrop(pk)))
    }

    alone(|| {
        let made: Vec<_> = elsewhere(|| (0..100).map(|pk| Arc::downgrade(&value(pk).0)).collect());
        Item::invalidate_all();
        thousand_hits();
        thousand_hits();
        assert_eq!(alive(&made), 0);
    });
}

#[test]
fn statistics_free_nothing() {
    group!(Item: u64);
    #[cache_against(Item(pk), capacity = 100)]
    fn watched(pk: u64) -> u64 {
        pk
    }
    #[cache_against(Item(pk), ttl = "20ms")]
    fn short(pk: u64) -> u64 {
        pk
    }

    alone(|| {
        let looks = || {
            let before = [of(watched).stats(), of(short).stats()];
            for _ in 0..100 {
                assert_eq!([of(watched).stats(), of(short).stats()], before);
                assert_eq!(of(watched).len() as u64, before[0].entries);
                assert!(!gcache::stats().functions.is_empty());
            }
            before.map(|stats| stats.entries)
        };
        for pk in 0..1_000 {
            watched(pk);
            if pk % 50 == 0 {
                looks();
            }
        }
        invalidate_item(999);
        assert!((1..=100).contains(&looks()[0]));
        (0..10).for_each(|pk| ignore(short(10_000 + pk)));
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_millis(25) {
            thread::yield_now();
        }
        let [entries, expired] = looks();
        assert_eq!(expired, 10, "they have expired, and nobody has let go of them");
        (0..4).for_each(|_| thousand_hits());
        assert_eq!(looks()[1], 0);
        assert!(looks()[0] <= entries);
    });
}

/// What was computed in doubt is used for a second at most, and ends without an invalidation.
#[test]
fn entries_in_doubt_are_freed_when_the_doubt_is_over() {
    group!(Item: u64);
    #[cache_against(Item(pk))]
    fn value(pk: u64) -> Arc<u64> {
        Arc::new(pk)
    }

    alone(|| {
        common::doubt::in_doubt();
        for others in [thousand_hits, thousand_misses] {
            // From here on its hits are hits: a miss would notice that the doubt is over.
            ignore(busy(0));
            let left = Transaction::begin();
            left.enter(Item::invalidate_all);
            left.doubt();
            let made: Vec<_> = (0..50).map(|pk| Arc::downgrade(&value(pk))).collect();
            assert_eq!(alive(&made), 50, "the test sees nothing if nothing is held");
            common::doubt::doubt_is_over();
            (0..4).for_each(|_| others());
            assert_eq!(alive(&made), 0);
            assert_eq!(of(value).len(), 0);
        }
        assert_eq!((of(value).stats().ended, of(value).stats().expired), (0, 100));
    });
}

/// A computation that goes nowhere holds nothing of what another has brought in its place.
#[test]
fn a_leader_does_not_hold_the_value_of_its_relief() {
    group!(Item: u64);
    #[cache_against(Item(pk), skip(leads), patience = "10ms")]
    async fn value(leads: bool, pk: u64) -> Arc<u64> {
        if leads {
            pending::<()>().await;
        }
        Arc::new(pk)
    }

    alone(|| {
        let mut leader = Box::pin(value(true, 1));
        poll_once(&mut leader);
        let made = Arc::downgrade(&pollster::block_on(value(false, 1)));
        assert_eq!(of(value).stats().relieved, 1);
        of(value).clear().expect("it was called");
        assert_eq!(made.strong_count(), 0);
        drop(leader);
    });
}

/// Whatever other threads sweep at that moment.
#[test]
fn clear_frees_all_entries_though_other_threads_sweep() {
    group!(Item: u64);
    #[cache_against(Item(pk))]
    fn value(pk: u64) -> u64 {
        pk
    }

    alone(|| {
        let (over, mut left) = (AtomicBool::new(false), Vec::new());
        thread::scope(|scope| {
            for thread in 0..2 {
                let over = &over;
                scope.spawn(move || {
                    while !over.load(Ordering::Relaxed) {
                        (0..64).for_each(|call| ignore(busy(thread * 100 + call % 10)));
                        invalidate_other(thread * 100);
                    }
                });
            }
            for _ in 0..1_000 {
                (0..40).for_each(|pk| ignore(value(pk)));
                of(value).clear().expect("it was called");
                // Another thread may stand still where it has just taken one out.
                let begin = Instant::now();
                while !of(value).is_empty() && begin.elapsed() < PATIENCE {
                    thread::yield_now();
                }
                left.push(of(value).len());
            }
            over.store(true, Ordering::Relaxed);
        });
        assert!(left.iter().all(|left| *left == 0), "{left:?} are left");
    });
}
