//! Promises 1 and 5, where a call computes beside the one that it has waited for: what a relief brings is as
//! fresh as what a leader does, and is told to whom it concerns.
//!
//! How long it takes until a patience is over decides nothing here: each test waits for that to happen.

mod common;

use common::{Count, Stop, led_and_relieved, must_end, stop};
use gcache::{Transaction, cache_against, depends_on, group, of};
use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::mpsc::channel;
use std::thread;

/// A computation that an invalidation or a clearing has ended is left to itself.
#[test]
fn a_flight_that_has_ended_is_not_relieved_but_begun_anew() {
    group!(Item: u64);
    static RUNS: Count = Count::new();
    #[cache_against(Item(pk), skip(stop), patience = "10ms")]
    fn item(stop: Option<&Stop>, pk: u64) -> usize {
        RUNS.up_to(stop)
    }

    let changes: [fn(); 2] =
        [|| _ = invalidate_item(150), || of(item).clear().expect("it was called")];
    for change in changes {
        // Before the first call there is nothing to clear.
        _ = of(item).clear();
        must_end(move || {
            let (before, _) = led_and_relieved(of(item));
            let (stop, control) = stop();
            thread::scope(|scope| {
                let leader = scope.spawn(|| item(Some(&stop), 150));
                control.arrived();
                let first = RUNS.get();
                let (waits, has_begun) = channel();
                let waiter = scope.spawn(move || {
                    waits.send(()).expect("the test listens");
                    item(None, 150)
                });
                has_begun.recv().expect("it begins");
                change();
                assert!(waiter.join().expect("it returns") > first);
                let stored = item(None, 150);
                assert!(stored > first, "the leader began before the change");
                control.leave();
                assert_eq!(leader.join().expect("it returns"), first);
                assert_eq!(item(None, 150), stored);
            });
            // It came before the change and waited, or after it, and did not.
            assert!((1..=2).contains(&(led_and_relieved(of(item)).0 - before)));
        });
    }
}

/// Promise 1: for each body the timestamp at which it began counts, and not that of the leader.
#[test]
fn the_value_of_a_relief_is_fresh_where_that_of_its_leader_is_not() {
    group!(Item: u64);
    static RUNS: Count = Count::new();
    #[cache_against("list", skip(stop), patience = "10ms")]
    fn list(stop: Option<&Stop>, pk: u64) -> usize {
        let run = RUNS.up();
        stop.into_iter().for_each(Stop::here);
        depends_on!(Item(pk));
        run
    }

    must_end(|| {
        let ((slow, its), (relief, others)) = (stop(), stop());
        thread::scope(|scope| {
            let leader = scope.spawn(|| list(Some(&slow), 160));
            its.arrived();
            // It has read and does not know yet of what: nobody can tell that it is too old.
            invalidate_item(160);
            let beside = scope.spawn(|| list(Some(&relief), 160));
            others.arrived();
            let waiter = scope.spawn(|| list(None, 160));
            its.leave();
            assert_eq!(leader.join().expect("it returns"), 1);
            others.leave();
            assert_eq!(beside.join().expect("it returns"), 2);
            assert!(waiter.join().expect("it returns") >= 2, "it called after the change");
            let stored = list(None, 160);
            assert!(stored >= 2);
            invalidate_item(160);
            assert!(list(None, 160) > stored);
        });
        assert_eq!(led_and_relieved(of(list)).0, 2, "the second after the last change");
    });
}

#[test]
fn a_relief_that_is_invalidated_is_not_stored() {
    group!(Item: u64);
    static RUNS: Count = Count::new();
    #[cache_against(Item(pk), skip(stop), patience = "10ms")]
    fn item(stop: Option<&Stop>, pk: u64) -> usize {
        RUNS.up_to(stop)
    }

    must_end(|| {
        let ((slow, its), (relief, others)) = (stop(), stop());
        thread::scope(|scope| {
            let leader = scope.spawn(|| item(Some(&slow), 170));
            its.arrived();
            let beside = scope.spawn(|| item(Some(&relief), 170));
            others.arrived();
            invalidate_item(170);
            assert_eq!(item(None, 170), 3, "neither is waited for");
            others.leave();
            its.leave();
            assert_eq!(beside.join().expect("it returns"), 2);
            assert_eq!(leader.join().expect("it returns"), 1);
            assert_eq!(item(None, 170), 3);
        });
        assert_eq!(led_and_relieved(of(item)), (2, 1));
    });
}

#[test]
fn a_body_that_calls_itself_inside_of_a_relief_computes_at_once() {
    group!(Item: u64);
    static RUNS: Count = Count::new();
    #[cache_against(Item(pk), skip(stop, depth), patience = "10ms")]
    fn item(stop: Option<&Stop>, depth: u32, pk: u64) -> u32 {
        RUNS.up();
        stop.into_iter().for_each(Stop::here);
        if depth == 0 { 0 } else { 1 + through(depth - 1, pk) }
    }
    #[cache_against(Item(pk), skip(depth))]
    fn through(depth: u32, pk: u64) -> u32 {
        item(None, depth, pk)
    }

    must_end(|| {
        let (stop, control) = stop();
        thread::scope(|scope| {
            let leader = scope.spawn(|| item(Some(&stop), 0, 180));
            control.arrived();
            assert_eq!(item(None, 3, 180), 3);
            assert_eq!(of(item).stats().relieved, 1, "the outermost");
            assert_eq!(item(None, 0, 180), 3, "and its value is stored");
            control.leave();
            assert_eq!(leader.join().expect("it returns"), 0);
        });
        assert_eq!(RUNS.get(), 5);
    });
}

#[test]
fn a_caller_depends_on_the_groups_of_its_relief() {
    group!(Item: u64);
    static RUNS: Count = Count::new();
    #[cache_against(Item(pk), skip(stop), patience = "10ms")]
    fn item(stop: Option<&Stop>, pk: u64) -> usize {
        stop.into_iter().for_each(Stop::here);
        RUNS.up()
    }
    #[cache_against("page")]
    fn page(pk: u64) -> usize {
        item(None, pk)
    }

    must_end(|| {
        let (stop, control) = stop();
        thread::scope(|scope| {
            let leader = scope.spawn(|| item(Some(&stop), 190));
            control.arrived();
            assert_eq!((page(190), page(190)), (1, 1));
            invalidate_item(190);
            assert_eq!(page(190), 2);
            control.leave();
            leader.join().expect("it returns");
        });
    });
}

#[test]
fn a_call_in_a_transaction_waits_for_no_flight() {
    group!(Item: u64);
    #[cache_against(Item(pk), skip(stop), patience = "off")]
    fn item(stop: Option<&Stop>, pk: u64) -> u64 {
        stop.into_iter().for_each(Stop::here);
        pk
    }

    must_end(|| {
        let (stop, control) = stop();
        thread::scope(|scope| {
            let leader = scope.spawn(|| item(Some(&stop), 200));
            control.arrived();
            let transaction = Transaction::begin();
            assert_eq!(transaction.enter(|| item(None, 200)), 200);
            transaction.rollback();
            control.leave();
            leader.join().expect("it returns");
        });
        assert_eq!(led_and_relieved(of(item)), (2, 0));
    });
}

/// At the end of a thread nothing can be stored, and nobody waits.
#[test]
fn a_call_at_the_end_of_a_thread_waits_for_no_flight() {
    group!(Item: u64);
    #[cache_against(Item(pk), skip(stop), patience = "off")]
    fn item(stop: Option<&Stop>, pk: u64) -> u64 {
        stop.into_iter().for_each(Stop::here);
        pk
    }
    struct Calls(Cell<u64>);
    impl Drop for Calls {
        fn drop(&mut self) {
            assert_eq!(item(None, self.0.get()), 210);
        }
    }
    thread_local!(static CALLS: Calls = const { Calls(Cell::new(0)) });

    must_end(|| {
        let (stop, control) = stop();
        thread::scope(|scope| {
            let leader = scope.spawn(|| item(Some(&stop), 210));
            control.arrived();
            // Made first, and so dropped after what the cache keeps for the thread.
            let ends = thread::spawn(|| {
                CALLS.with(|calls| calls.0.set(210));
                item(None, 8);
            });
            ends.join().expect("it ends");
            control.leave();
            leader.join().expect("it returns");
        });
    });
}

/// While a value is being stored nobody gets another's; if it cannot be, those who wait get that.
#[test]
fn waiters_get_the_value_of_the_relief_if_the_leader_panics_while_it_stores() {
    group!(Item: u64);
    static RUNS: Count = Count::new();
    static STORES: OnceLock<Stop> = OnceLock::new();
    fn weigh(value: usize) -> u32 {
        if value == 1 {
            STORES.get().expect("it is set").here();
            panic!("the weigher panics");
        }
        1
    }
    #[cache_against(Item(pk), skip(stop), patience = "10ms", max_weight = 100, weigh = |value: &usize| weigh(*value))]
    fn item(stop: Option<&Stop>, pk: u64) -> usize {
        RUNS.up_to(stop)
    }

    must_end(|| {
        let ((slow, its), (relief, others), (stores, storing)) = (stop(), stop(), stop());
        assert!(STORES.set(stores).is_ok());
        thread::scope(|scope| {
            let leader = scope.spawn(|| item(Some(&slow), 300));
            its.arrived();
            let beside = scope.spawn(|| item(Some(&relief), 300));
            others.arrived();
            its.leave();
            storing.arrived();
            let waiters: Vec<_> = (0..4).map(|_| scope.spawn(|| item(None, 300))).collect();
            others.leave();
            assert_eq!(beside.join().expect("it returns"), 2);
            storing.leave();
            assert!(leader.join().is_err(), "the weigher panics");
            for waiter in waiters {
                assert!(waiter.join().expect("it returns") > 1);
            }
        });
        assert_eq!(led_and_relieved(of(item)).0, 1, "nobody began anew");
    });
}
