//! The rules of this room, by its door: one call leads, others wait for its value, and none waits in vain.

use super::{Claim, Completed, Flights, Leader, Patience, Validity, WaitOutcome, Waiter};
use crate::clock::Timestamp;
use crate::context::{self, Frame};
use crate::generations::{DependencySet, GenerationCell, InvalidatedAt};
use crate::sync::{Arc, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// A value that a test tells when it was valid.
#[derive(Debug)]
struct Value {
    number: u64,
    /// It was invalidated after this.
    valid_until: Option<Timestamp>,
}

impl Validity for Value {
    fn was_valid(&self, called: Timestamp, _joined: Instant) -> bool {
        self.valid_until.is_none_or(|until| called <= until)
    }
}

type Table = &'static Flights<u64, Value>;

const KEY: u64 = 7;
const HASH: u64 = 70;

fn flights(patience: Patience) -> Table {
    Box::leak(Box::new(Flights::new(patience)))
}

fn frame() -> Arc<Frame> {
    Frame::new(DependencySet::new(), ())
}

/// A frame whose body depends on `group`.
fn frame_on(group: &'static GenerationCell) -> Arc<Frame> {
    let mut dependencies = DependencySet::new();
    group.collect_into(&mut dependencies);
    Frame::new(dependencies, ())
}

fn invalidate(group: &'static GenerationCell) {
    group.end_current(InvalidatedAt::now(false));
}

fn claim(flights: Table) -> Claim<u64, Value> {
    flights.claim(HASH, &KEY, Timestamp::now(), frame)
}

fn lead(flights: Table) -> Leader<u64, Value> {
    match claim(flights) {
        Claim::Lead(leader) => leader,
        _ => panic!("there is another flight"),
    }
}

fn wait(flights: Table) -> Waiter<u64, Value> {
    match claim(flights) {
        Claim::Wait(waiter) => *waiter,
        _ => panic!("there is no flight to wait for"),
    }
}

/// One that waits and computes beside the leader, since its patience is over.
fn relieve(flights: Table) -> Leader<u64, Value> {
    match flights.resume(Box::new(wait(flights)), frame) {
        Claim::Lead(leader) if leader.is_relief() => leader,
        _ => panic!("its patience is not over"),
    }
}

fn completed(number: u64, leader: &Leader<u64, Value>) -> Completed<Value> {
    let entry = Arc::new(Value { number, valid_until: None });
    Completed { entry, outdated: false, since: leader.frame().since() }
}

/// Completes as the body does that has the first valid value, or a later one.
fn complete(mut leader: Leader<u64, Value>, number: u64) -> bool {
    let won = leader.win();
    let completed = completed(number, &leader);
    leader.complete(completed);
    won
}

/// The number that a waiter gets, if it gets a value, once it need not wait.
fn outcome(waiter: &mut Waiter<u64, Value>) -> Poll<Option<u64>> {
    match waiter.outcome() {
        Some(WaitOutcome::Value(completed)) => Poll::Ready(Some(completed.entry.number)),
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
    assert!(complete(leader, 1));
    assert!(waiters.iter_mut().all(|waiter| outcome(waiter) == Poll::Ready(Some(1))));
    assert!(!lead(flights).is_relief(), "the flight is over, though they have not left");
}

#[test]
fn keys_of_other_hashes_have_flights_of_their_own() {
    let flights = flights(Patience::OFF);
    let _leader = lead(flights);
    let other = flights.claim(HASH + 1, &(KEY + 1), Timestamp::now(), frame);
    assert!(matches!(other, Claim::Lead(_)));
}

#[test]
fn a_key_that_shares_its_hash_with_a_flight_computes_alone() {
    let flights = flights(Patience::OFF);
    let _leader = lead(flights);
    let other = flights.claim(HASH, &(KEY + 1), Timestamp::now(), frame);
    assert!(matches!(other, Claim::Alone { store: true }));
}

#[test]
fn a_leader_that_is_lost_hands_over_to_one_of_its_waiters() {
    let flights = flights(Patience::OFF);
    let leader = lead(flights);
    let (mut one, mut other) = (wait(flights), wait(flights));
    drop(leader);
    assert!(matches!(one.outcome(), Some(WaitOutcome::Nothing)), "its future was dropped");
    assert_eq!(outcome(&mut other), Poll::Ready(None));
    let mut next = lead(flights);
    let mut waiter = wait(flights);
    next.note_failure();
    drop(next);
    assert!(matches!(waiter.outcome(), Some(WaitOutcome::Failed)), "its body failed");
    assert!(complete(lead(flights), 3));
}

#[test]
fn a_flight_whose_dependency_ended_is_not_joined() {
    let group: &'static GenerationCell = Box::leak(Box::new(GenerationCell::new()));
    let flights = flights(Patience::OFF);
    let claim = || flights.claim(HASH, &KEY, Timestamp::now(), || frame_on(group));
    let Claim::Lead(doomed) = claim() else { panic!("it leads") };
    let Claim::Wait(mut early) = claim() else { panic!("it waits") };
    invalidate(group);
    let Claim::Lead(next) = claim() else { panic!("it does not wait for a doomed flight") };
    let Claim::Wait(mut late) = claim() else { panic!("it waits for the next") };
    assert!(complete(doomed, 1));
    assert_eq!((outcome(&mut early), outcome(&mut late)), (Poll::Ready(Some(1)), Poll::Pending));
    assert!(matches!(claim(), Claim::Wait(_)), "the next flight goes on");
    assert!(complete(next, 2));
    assert_eq!(outcome(&mut late), Poll::Ready(Some(2)));
}

#[test]
fn a_value_that_was_invalidated_before_the_call_does_not_serve_it() {
    let flights = flights(Patience::OFF);
    let leader = lead(flights);
    let mut early = wait(flights);
    let valid_until = Some(Timestamp::now());
    invalidate(Box::leak(Box::new(GenerationCell::new())));
    let mut late = wait(flights);
    let since = leader.frame().since();
    let entry = Arc::new(Value { number: 1, valid_until });
    leader.complete(Completed { entry, outdated: false, since });
    assert_eq!(
        (outcome(&mut early), outcome(&mut late)),
        (Poll::Ready(Some(1)), Poll::Ready(None))
    );
}

#[test]
fn an_outdated_value_serves_only_calls_from_before_its_body_began() {
    let flights = flights(Patience::OFF);
    let called = Timestamp::now();
    invalidate(Box::leak(Box::new(GenerationCell::new())));
    let leader = lead(flights);
    let early = flights.claim(HASH, &KEY, called, frame);
    let Claim::Wait(mut early) = early else { panic!("it waits") };
    invalidate(Box::leak(Box::new(GenerationCell::new())));
    let mut late = wait(flights);
    let outdated = Completed { outdated: true, ..completed(1, &leader) };
    leader.complete(outdated);
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
        assert!(matches!(claim(flights), Claim::Alone { store: false }));
        // Also in a body of another flight that runs inside of it.
        let Claim::Lead(inner) = flights.claim(HASH + 1, &0, Timestamp::now(), frame) else {
            panic!("it leads")
        };
        let _deeper = context::enter(inner.frame());
        assert!(matches!(claim(flights), Claim::Alone { store: false }));
    }
    assert!(matches!(claim(flights), Claim::Wait(_)));
    assert!(complete(leader, 1));
}

#[test]
fn two_bodies_do_not_wait_for_each_other() {
    let flights = flights(Patience::OFF);
    let one = lead(flights);
    let other = flights.claim(HASH + 1, &0, Timestamp::now(), frame);
    let Claim::Lead(other) = other else { panic!("it leads") };
    let _waits = {
        let _inside = context::enter(one.frame());
        let claim = flights.claim(HASH + 1, &0, Timestamp::now(), frame);
        assert!(matches!(claim, Claim::Wait(_)));
        claim
    };
    let _inside = context::enter(other.frame());
    assert!(matches!(claim(flights), Claim::Alone { store: false }), "the circle is not closed");
}

#[test]
fn a_waiter_whose_patience_is_over_computes_beside_the_leader() {
    let flights = flights(Duration::ZERO.into());
    let leader = lead(flights);
    let mut waiter = wait(flights);
    let relief = relieve(flights);
    assert!(complete(relief, 2), "it is the first with a value");
    assert_eq!(outcome(&mut waiter), Poll::Ready(Some(2)));
    let mut late = leader;
    assert!(!late.win(), "what it computes is not stored");
    let value = completed(1, &late);
    late.complete(value);
    assert_eq!(outcome(&mut waiter), Poll::Ready(Some(2)));
    assert!(!lead(flights).is_relief(), "the flight is over");
}

#[test]
fn a_waiter_with_patience_waits_on() {
    let flights = flights(Duration::from_secs(3_600).into());
    let _leader = lead(flights);
    assert!(matches!(flights.resume(Box::new(wait(flights)), frame), Claim::Wait(_)));
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
    assert!(!lead(flights).is_relief());
}

#[test]
fn while_the_winner_stores_nobody_gets_another_value() {
    let flights = flights(Duration::ZERO.into());
    let mut leader = lead(flights);
    let mut waiter = wait(flights);
    let relief = relieve(flights);
    assert!(leader.win());
    assert!(!complete(relief, 2));
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
    let mut context = Context::from_waker(&waker);
    assert!(task.poll(&mut context).is_pending());
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
    assert!(complete(leader, 1));
    assert_eq!(told.recv_timeout(Duration::from_secs(60)), Ok(Poll::Ready(Some(1))));
    assert_eq!(count.0.load(Ordering::SeqCst), 1);
    assert_eq!(task.poll(&mut context), Poll::Ready(()));
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
        assert!(waiter.poll(&mut Context::from_waker(waker)).is_pending());
        waiter
    });
    assert!(complete(leader, 1));
    assert_eq!(count.0.load(Ordering::SeqCst), 2);
    drop(waiters);
}

#[test]
fn a_value_is_freed_once_its_last_waiter_has_left() {
    let flights = flights(Duration::ZERO.into());
    let leader = lead(flights);
    let (one, other) = (wait(flights), wait(flights));
    let relief = relieve(flights);
    let value = completed(2, &relief);
    let alive = Arc::downgrade(&value.entry);
    relief.complete(value);
    drop(one);
    assert!(alive.upgrade().is_some(), "another waits");
    drop(other);
    assert!(alive.upgrade().is_none(), "though the leader computes");
    drop(leader);
}
