//! The rules of this room, by its door: one call leads, others wait for its value, and none waits in vain.

use super::flight::WaitOutcome;
use super::{Claim, Computation, Flights, Waiter};
use crate::cache::Vacant;
use crate::clock::Timestamp;
use crate::config::{Config, Patience};
use crate::context;
use crate::generations::{DependencySet, GenerationCell, InvalidatedAt};
use crate::returns::StoreAll;
use crate::sync::{Arc, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::task::{Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

type Value = Arc<u64>;

type Table = &'static Flights<u64, Value>;

type Leader = Computation<u64, Value>;

const KEY: u64 = 7;

/// They store nothing.
fn flights(patience: Patience) -> Table {
    let config = Config::new().patience(patience).cache_if(|_, _| false);
    Box::leak(Box::new(Flights::new(config)))
}

fn group() -> &'static GenerationCell {
    Box::leak(Box::new(GenerationCell::new()))
}

/// What depends on `group`.
fn on(group: &'static GenerationCell) -> DependencySet {
    let mut dependencies = DependencySet::new();
    group.collect_into(&mut dependencies);
    dependencies
}

fn invalidate(group: &'static GenerationCell) {
    group.end_current(InvalidatedAt::now(false));
}

fn vacant(flights: Table, key: u64) -> Vacant {
    let found = flights.memo.get(&key, false, |_| Some(()));
    found.expect_err("nothing is stored").expect("caching is on")
}

fn claim_key(flights: Table, key: u64, called: Timestamp) -> Claim<u64, Value> {
    flights.claim(vacant(flights, key), &key, called, 0, &|_| ())
}

fn claim(flights: Table) -> Claim<u64, Value> {
    claim_key(flights, KEY, Timestamp::now())
}

fn compute(claim: Claim<u64, Value>) -> Leader {
    match claim {
        Claim::Compute(computation) => computation,
        _ => panic!("another call computes"),
    }
}

/// One that others may join.
fn lead(flights: Table) -> Leader {
    compute(claim(flights))
}

fn wait(flights: Table) -> Waiter {
    match claim(flights) {
        Claim::Wait(waiter) => waiter,
        _ => panic!("there is no flight to wait for"),
    }
}

fn resume(flights: Table, waiter: Waiter) -> Claim<u64, Value> {
    flights.resume(waiter, &KEY, &|_| ())
}

/// One that waits and computes beside the leader, since its patience is over.
fn relieve(flights: Table) -> Leader {
    let before = flights.memo.stats().relieved;
    let relief = compute(resume(flights, wait(flights)));
    assert_eq!(flights.memo.stats().relieved, before + 1);
    relief
}

/// Whether a call computes that neither joins a flight nor lets another call join.
fn is_alone(flights: Table, claim: Claim<u64, Value>) -> bool {
    let relieved = flights.memo.stats().relieved;
    let Claim::Compute(computation) = claim else { return false };
    complete(computation, 0);
    relieved == flights.memo.stats().relieved
}

/// Completes as the body does.
fn complete(computation: Leader, number: u64) {
    computation.complete::<StoreAll<Value>>(Arc::new(number), KEY);
}

/// The number that a waiter gets, if it gets a value, once it need not wait.
fn outcome(waiter: &mut Waiter) -> Poll<Option<u64>> {
    match waiter.outcome() {
        Some(WaitOutcome::Value(completed)) => {
            Poll::Ready(Some(**completed.entry::<u64, Value>().value()))
        }
        Some(WaitOutcome::Failed | WaitOutcome::Nothing) => Poll::Ready(None),
        None => Poll::Pending,
    }
}

#[test]
fn one_call_leads_and_all_waiters_get_its_value() {
    let flights = flights(Patience::OFF);
    let leader = lead(flights);
    let mut waiters = [(); 3].map(|()| wait(flights));
    assert!(waiters.iter_mut().all(|waiter| outcome(waiter).is_pending()));
    complete(leader, 1);
    assert!(waiters.iter_mut().all(|waiter| outcome(waiter) == Poll::Ready(Some(1))));
    // The flight is over, though they have not left.
    complete(lead(flights), 2);
}

#[test]
fn keys_of_other_hashes_have_flights_of_their_own() {
    let flights = flights(Patience::OFF);
    let _leader = lead(flights);
    let _other = compute(claim_key(flights, KEY + 1, Timestamp::now()));
    assert!(matches!(claim_key(flights, KEY + 1, Timestamp::now()), Claim::Wait(_)));
}

#[test]
fn a_key_that_shares_its_hash_with_a_flight_computes_alone() {
    let flights = flights(Patience::OFF);
    let _leader = lead(flights);
    let vacant = vacant(flights, KEY);
    let other = flights.claim(vacant, &(KEY + 1), Timestamp::now(), 0, &|_| ());
    assert!(is_alone(flights, other));
}

#[test]
fn a_leader_that_is_lost_hands_over_to_one_of_its_waiters() {
    let flights = flights(Patience::OFF);
    let leader = lead(flights);
    let (mut one, mut other) = (wait(flights), wait(flights));
    drop(leader);
    assert!(matches!(one.outcome(), Some(WaitOutcome::Nothing)), "its future was dropped");
    assert_eq!(outcome(&mut other), Poll::Ready(None));
    let next = lead(flights);
    let mut waiter = wait(flights);
    let failing = thread::spawn(move || {
        let _next = next;
        std::panic::resume_unwind(Box::new("its body fails"));
    });
    failing.join().expect_err("it panics");
    assert!(matches!(waiter.outcome(), Some(WaitOutcome::Failed)), "its body failed");
    complete(lead(flights), 3);
}

#[test]
fn a_flight_whose_dependency_ended_is_not_joined() {
    let (group, flights) = (group(), flights(Patience::OFF));
    let vacant = vacant(flights, KEY);
    let claim = || flights.claim(vacant, &KEY, Timestamp::now(), 0, &|set| group.collect_into(set));
    let doomed = compute(claim());
    let Claim::Wait(mut early) = claim() else { panic!("it waits") };
    invalidate(group);
    // It does not wait for a doomed flight.
    let next = compute(claim());
    let Claim::Wait(mut late) = claim() else { panic!("it waits for the next") };
    complete(doomed, 1);
    assert_eq!((outcome(&mut early), outcome(&mut late)), (Poll::Ready(Some(1)), Poll::Pending));
    assert!(matches!(claim(), Claim::Wait(_)), "the next flight goes on");
    complete(next, 2);
    assert_eq!(outcome(&mut late), Poll::Ready(Some(2)));
}

#[test]
fn a_value_that_was_invalidated_before_the_call_does_not_serve_it() {
    let (group, flights) = (group(), flights(Patience::OFF));
    let leader = lead(flights);
    let mut early = wait(flights);
    // The body uses a cached value, which ends before the body tells.
    let used = on(group);
    invalidate(group);
    let mut late = wait(flights);
    leader.frame().note(|dependencies| dependencies.union(&used));
    complete(leader, 1);
    assert_eq!(
        (outcome(&mut early), outcome(&mut late)),
        (Poll::Ready(Some(1)), Poll::Ready(None))
    );
}

#[test]
fn an_outdated_value_serves_only_calls_from_before_its_body_began() {
    let flights = flights(Patience::OFF);
    let called = Timestamp::now();
    invalidate(group());
    let leader = lead(flights);
    let Claim::Wait(mut early) = claim_key(flights, KEY, called) else { panic!("it waits") };
    let group = group();
    invalidate(group);
    let mut late = wait(flights);
    let mut named_late = leader.frame().late();
    group.collect_into(&mut named_late);
    leader.frame().note(|dependencies| dependencies.union(&named_late));
    complete(leader, 1);
    assert_eq!(
        (outcome(&mut early), outcome(&mut late)),
        (Poll::Ready(Some(1)), Poll::Ready(None))
    );
}

#[test]
fn a_call_within_its_own_body_computes_alone_and_leaves_no_trace() {
    let flights = flights(Patience::OFF);
    let leader = lead(flights);
    {
        let _inside = context::enter(leader.frame());
        assert!(is_alone(flights, claim(flights)));
        // Also in a body of another flight that runs inside of it.
        let inner = compute(claim_key(flights, 0, Timestamp::now()));
        let _deeper = context::enter(inner.frame());
        assert!(is_alone(flights, claim(flights)));
    }
    let mut waiter = wait(flights);
    complete(leader, 1);
    assert_eq!(outcome(&mut waiter), Poll::Ready(Some(1)));
}

#[test]
fn two_bodies_do_not_wait_for_each_other() {
    let flights = flights(Patience::OFF);
    let one = lead(flights);
    let other = compute(claim_key(flights, 0, Timestamp::now()));
    let _waits = {
        let _inside = context::enter(one.frame());
        let claim = claim_key(flights, 0, Timestamp::now());
        assert!(matches!(claim, Claim::Wait(_)));
        claim
    };
    let _inside = context::enter(other.frame());
    assert!(is_alone(flights, claim(flights)), "the circle is not closed");
}

#[test]
fn a_waiter_whose_patience_is_over_computes_beside_the_leader() {
    let flights = flights(Duration::ZERO.into());
    let leader = lead(flights);
    let mut waiter = wait(flights);
    let relief = relieve(flights);
    complete(relief, 2);
    assert_eq!(outcome(&mut waiter), Poll::Ready(Some(2)));
    let mut late = leader;
    assert!(!late.win(), "what it computes is not stored");
    complete(late, 1);
    assert_eq!(outcome(&mut waiter), Poll::Ready(Some(2)));
    // The flight is over.
    complete(lead(flights), 3);
}

#[test]
fn a_waiter_with_patience_waits_on() {
    let flights = flights(Duration::from_secs(3_600).into());
    let _leader = lead(flights);
    assert!(matches!(resume(flights, wait(flights)), Claim::Wait(_)));
}

#[test]
fn a_body_that_is_lost_leaves_the_flight_to_the_others() {
    let flights = flights(Duration::ZERO.into());
    let leader = lead(flights);
    let mut waiter = wait(flights);
    drop(relieve(flights));
    assert_eq!(outcome(&mut waiter), Poll::Pending, "the leader goes on");
    let relief = relieve(flights);
    drop(leader);
    assert_eq!(outcome(&mut waiter), Poll::Pending, "the relief goes on");
    drop(relief);
    assert_eq!(outcome(&mut waiter), Poll::Ready(None), "nobody does");
    complete(lead(flights), 3);
}

#[test]
fn while_the_winner_stores_nobody_gets_another_value() {
    let flights = flights(Duration::ZERO.into());
    let mut leader = lead(flights);
    let mut waiter = wait(flights);
    let relief = relieve(flights);
    assert!(leader.win());
    complete(relief, 2);
    assert_eq!(outcome(&mut waiter), Poll::Pending, "the leader is about to store its value");
    drop(leader);
    assert_eq!(outcome(&mut waiter), Poll::Ready(Some(2)), "it could not");
}

/// A waker that counts.
#[derive(Default)]
struct Counts(AtomicUsize);

impl Wake for Counts {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn threads_and_tasks_are_woken_when_there_is_a_value() {
    let flights = flights(Patience::OFF);
    let leader = lead(flights);
    let (count, task) = (Arc::new(Counts::default()), wait(flights));
    let waker = Waker::from(Arc::clone(&count));
    assert!(task.poll(&waker).is_pending());
    let (tell, told) = channel();
    thread::spawn(move || {
        let mut waiter = wait(flights);
        tell.send(Poll::Pending).expect("the test listens");
        while outcome(&mut waiter).is_pending() {
            waiter.wait();
        }
        tell.send(outcome(&mut waiter)).expect("the test listens");
    });
    assert_eq!(told.recv(), Ok(Poll::Pending), "it waits");
    assert_eq!(count.0.load(Ordering::SeqCst), 0);
    complete(leader, 1);
    assert_eq!(told.recv_timeout(Duration::from_secs(60)), Ok(Poll::Ready(Some(1))));
    assert_eq!(count.0.load(Ordering::SeqCst), 1);
    assert_eq!(task.poll(&waker), Poll::Ready(()));
}

#[test]
fn a_waker_that_panics_keeps_no_other_asleep() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("the queue of the executor is full");
        }
    }
    let flights = flights(Patience::OFF);
    let leader = lead(flights);
    let count = Arc::new(Counts::default());
    let wakers = [
        Waker::from(Arc::clone(&count)),
        Waker::from(Arc::new(Panics)),
        Waker::from(Arc::clone(&count)),
    ];
    let waiters = wakers.each_ref().map(|waker| {
        let waiter = wait(flights);
        assert!(waiter.poll(waker).is_pending());
        waiter
    });
    complete(leader, 1);
    assert_eq!(count.0.load(Ordering::SeqCst), 2);
    drop(waiters);
}

#[test]
fn a_value_is_freed_once_its_last_waiter_has_left() {
    let flights = flights(Duration::ZERO.into());
    let leader = lead(flights);
    let (one, other) = (wait(flights), wait(flights));
    let relief = relieve(flights);
    let value = Arc::new(2);
    let alive = Arc::downgrade(&value);
    drop(relief.complete::<StoreAll<Value>>(value, KEY));
    drop(one);
    assert!(alive.upgrade().is_some(), "another waits");
    drop(other);
    assert!(alive.upgrade().is_none(), "though the leader computes");
    drop(leader);
}
