//! Promise 4, Once: who has waited as long as its patience computes beside the one it waits for, one at a
//! time, and takes nothing away from it.
//!
//! How long it takes until a patience is over decides nothing here: each test waits for that to happen.

mod common;

use common::{Count, Stop, led_and_relieved, must_end, stop, wait_until};
use gcache::{Patience, cache_against, group, of};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

#[test]
fn a_waiter_whose_patience_is_over_computes_for_all() {
    group!(Item: u64);
    static RUNS: Count = Count::new();
    #[cache_against(Item(pk), skip(stop), patience = "10ms")]
    fn item(stop: Option<&Stop>, pk: u64) -> usize {
        RUNS.up_to(stop)
    }

    must_end(|| {
        let (stop, control) = stop();
        thread::scope(|scope| {
            let leader = scope.spawn(|| item(Some(&stop), 100));
            control.arrived();
            let waiters: Vec<_> = (0..8).map(|_| scope.spawn(|| item(None, 100))).collect();
            let join =
                |waiter: thread::ScopedJoinHandle<'_, usize>| waiter.join().expect("it returns");
            let values: Vec<usize> = waiters.into_iter().map(join).collect();
            let stored = item(None, 100);
            assert!(stored > 1, "the leader has not landed");
            let (led, relieved) = led_and_relieved(of(item));
            // Mostly one, and more where that one was slow.
            assert_eq!((led, relieved), (1, RUNS.get() as u64 - 1));
            let others = values.iter().filter(|value| **value != stored).count() as u64;
            assert_eq!(others, relieved - 1, "all but who computed have the one that was first");
            control.leave();
            assert_eq!(leader.join().expect("it returns"), 1, "the leader's value is its own");
            assert_eq!(item(None, 100), stored, "and replaces nothing");
            assert_eq!(of(item).stats().unstored, relieved);
        });
        let runs = RUNS.get();
        invalidate_item(100);
        assert_eq!(item(None, 100), runs + 1, "it depends on its group");
    });
}

#[test]
fn without_patience_each_call_computes() {
    group!(Item: u64);
    static RUNS: Count = Count::new();
    #[cache_against(Item(pk), skip(stop), patience = Duration::ZERO)]
    fn item(stop: Option<&Stop>, pk: u64) -> usize {
        RUNS.up_to(stop)
    }

    must_end(|| {
        let (stop, control) = stop();
        thread::scope(|scope| {
            let leader = scope.spawn(|| item(Some(&stop), 110));
            control.arrived();
            let second = scope.spawn(|| item(Some(&stop), 110));
            control.arrived();
            assert_eq!(item(None, 110), 3, "it waits for neither");
            control.leave();
            control.leave();
            let both = [leader, second].map(|call| call.join().expect("it returns"));
            assert_eq!((both, item(None, 110)), ([1, 2], 3), "the first value stays");
        });
    });
}

#[test]
fn patience_that_is_off_or_has_no_end_waits_for_the_leader() {
    group!(Item: u64);
    const ENDLESS: Patience = Patience::OFF;
    #[cache_against(Item(pk), skip(go), patience = "off")]
    fn off(go: Option<&Stop>, pk: u64) -> u64 {
        go.into_iter().for_each(Stop::here);
        pk
    }
    #[cache_against(Item(pk), skip(go), patience = ENDLESS)]
    fn constant(go: Option<&Stop>, pk: u64) -> u64 {
        go.into_iter().for_each(Stop::here);
        pk
    }
    #[cache_against(Item(pk), skip(go), patience = Duration::MAX)]
    fn longest(go: Option<&Stop>, pk: u64) -> u64 {
        go.into_iter().for_each(Stop::here);
        pk
    }
    #[cache_against(Item(pk), skip(go))]
    fn usual(go: Option<&Stop>, pk: u64) -> u64 {
        go.into_iter().for_each(Stop::here);
        pk
    }

    for item in [off, constant, longest, usual] {
        must_end(move || {
            let (stop, control) = stop();
            thread::scope(|scope| {
                scope.spawn(|| item(Some(&stop), 120));
                control.arrived();
                let (waits, has_begun) = channel();
                let waiter = scope.spawn(move || {
                    waits.send(()).expect("the test listens");
                    item(None, 120)
                });
                has_begun.recv().expect("it begins");
                control.leave();
                assert_eq!(waiter.join().expect("it returns"), 120);
            });
        });
    }
    let all = [of(off), of(constant), of(longest), of(usual)];
    assert!(all.into_iter().all(|item| led_and_relieved(item) == (1, 0)));
}

/// What becomes of a body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Value,
    Error,
    Panic,
}

fn end(end: End, run: usize) -> Result<usize, usize> {
    match end {
        End::Value => Ok(run),
        End::Error => Err(run),
        End::Panic => panic!("run {run} panics"),
    }
}

/// The relief's caller gets what it came to, and the leader's flight is as it was: who comes then waits
/// for the leader, too.
#[test]
fn a_relief_that_fails_leaves_the_flight_as_it_was() {
    group!(Item: u64);
    static RUNS: Count = Count::new();
    #[cache_against(Item(pk), skip(stop, ending), patience = "10ms")]
    fn item(stop: Option<&Stop>, ending: End, pk: u64) -> Result<usize, usize> {
        end(ending, RUNS.up_to(stop))
    }

    for (pk, ending) in [(1, End::Error), (2, End::Panic)] {
        must_end(move || {
            let (before, before_beside) = led_and_relieved(of(item));
            let (stop, control) = stop();
            thread::scope(|scope| {
                let leader = scope.spawn(|| item(Some(&stop), End::Value, pk));
                control.arrived();
                let first = RUNS.get();
                let fails = || catch_unwind(AssertUnwindSafe(|| item(None, ending, pk)));
                for failed in 1..=3 {
                    let result = fails();
                    assert_eq!(result.ok(), (ending == End::Error).then_some(Err(first + failed)));
                }
                control.leave();
                assert_eq!(leader.join().expect("it returns"), Ok(first));
                assert_eq!(item(None, End::Value, pk), Ok(first), "it is stored");
            });
            let (led, beside) = led_and_relieved(of(item));
            assert_eq!((led - before, beside - before_beside), (1, 3), "{ending:?}");
        });
    }
}

/// Nobody begins anew: there is one who computes.
#[test]
fn a_leader_that_fails_leaves_the_relief_to_the_waiters() {
    group!(Item: u64);
    static RUNS: Count = Count::new();
    #[cache_against(Item(pk), skip(stop, ending), patience = "10ms")]
    fn item(stop: Option<&Stop>, ending: End, pk: u64) -> Result<usize, usize> {
        end(ending, RUNS.up_to(stop))
    }

    for (pk, ending) in [(1, End::Error), (2, End::Panic)] {
        must_end(move || {
            let (before, _) = led_and_relieved(of(item));
            let ((slow, its), (relief, others)) = (stop(), stop());
            thread::scope(|scope| {
                let leader = scope.spawn(|| item(Some(&slow), ending, pk));
                its.arrived();
                let beside = scope.spawn(|| item(Some(&relief), End::Value, pk));
                others.arrived();
                its.leave();
                assert_ne!(leader.join().ok().and_then(Result::ok), Some(1));
                let waiters: Vec<_> =
                    (0..4).map(|_| scope.spawn(|| item(None, End::Value, pk))).collect();
                // Whether it lands first or one that loses its patience meanwhile: nobody leads.
                others.leave();
                assert!(beside.join().expect("it returns").is_ok());
                for waiter in waiters {
                    assert!(waiter.join().expect("it returns").is_ok());
                }
            });
            assert_eq!(led_and_relieved(of(item)).0 - before, 1, "{ending:?}");
        });
    }
}

#[test]
fn values_that_are_not_stored_reach_the_waiters() {
    group!(Item: u64);
    static RUNS: Count = Count::new();
    fn never<T>(_: &T) -> bool {
        false
    }
    #[cache_against(Item(pk), skip(stop), patience = "10ms", cache_if = never)]
    fn item(stop: Option<&Stop>, pk: u64) -> usize {
        RUNS.up_to(stop)
    }

    must_end(|| {
        let ((slow, its), (relief, others)) = (stop(), stop());
        thread::scope(|scope| {
            let leader = scope.spawn(|| item(Some(&slow), 220));
            its.arrived();
            let beside = scope.spawn(|| item(Some(&relief), 220));
            others.arrived();
            let waiters: Vec<_> = (0..4).map(|_| scope.spawn(|| item(None, 220))).collect();
            wait_until(|| RUNS.get() > 2);
            for waiter in waiters {
                assert!(waiter.join().expect("it returns") > 2);
            }
            its.leave();
            others.leave();
            leader.join().expect("it returns");
            beside.join().expect("it returns");
        });
        assert_eq!(of(item).len(), 0);
    });
}
