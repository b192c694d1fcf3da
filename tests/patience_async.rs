//! Promise 4, Once: tasks lose their patience as threads do, on any executor, without a timer of its own.

mod common;

use common::{Count, PATIENCE, must_end};
use futures::channel::oneshot::{self, Receiver};
use futures::executor::{ThreadPool, block_on};
use futures::future::{FutureExt as _, Shared, join_all};
use futures::poll;
use gcache::{Cached, Config, Transaction, cache_against, group, of, tag};
use std::pin::{Pin, pin};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

group!(Item: u64);

/// Of a function that waits for `go`, if there is one.
#[cache_against(Item(pk), skip(go), patience = "10ms")]
async fn item(go: Option<Receiver<()>>, pk: u64) -> u64 {
    if let Some(go) = go {
        go.await.expect("the test lets it go on");
        return pk;
    }
    pk * 2
}

#[test]
fn a_task_whose_patience_is_over_computes_on_an_executor_without_timers() {
    must_end(|| {
        block_on(async {
            let (leave, go) = oneshot::channel();
            let mut leader = pin!(item(Some(go), 1));
            assert!(poll!(&mut leader).is_pending());
            // Nothing wakes this task but the end of its patience.
            assert_eq!(item(None, 1).await, 2);
            assert_eq!(item(None, 1).await, 2, "it is stored");
            leave.send(()).expect("the leader waits");
            assert_eq!(leader.await, 1, "the leader's value is its own");
            assert_eq!(item(None, 1).await, 2, "and replaces nothing");
        });
    });
}

type Task = Pin<Box<dyn Future<Output = u64> + Send>>;

/// A waker that does something.
struct Wakes<F>(F);

impl<F: Fn() + Send + Sync> Wake for Wakes<F> {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

fn waker(wake: impl Fn() + Send + Sync + 'static) -> Waker {
    Waker::from(Arc::new(Wakes(wake)))
}

fn poll_with(task: &mut Task, waker: &Waker) -> Poll<u64> {
    task.as_mut().poll(&mut Context::from_waker(waker))
}

/// A computation that nobody lets go on, and a call that waits for it, to be woken by `waker`.
fn waits(pk: u64, waker: &Waker) -> (oneshot::Sender<()>, Task, Task) {
    let (leave, go) = oneshot::channel();
    let mut leader: Task = Box::pin(item(Some(go), pk));
    assert!(poll_with(&mut leader, Waker::noop()).is_pending());
    let mut waiter: Task = Box::pin(item(None, pk));
    assert!(poll_with(&mut waiter, waker).is_pending());
    (leave, leader, waiter)
}

#[test]
fn all_alarms_ring_on_one_thread() {
    must_end(|| {
        let (tell, woken) = channel();
        let waker = waker(move || {
            let here = thread::current();
            tell.send((here.id(), here.name().map(str::to_owned))).expect("the test listens");
        });
        let mut waiting: Vec<_> = (10..20).map(|pk| waits(pk, &waker)).collect();
        let threads: Vec<_> =
            (10..20).map(|_| woken.recv_timeout(PATIENCE).expect("each is woken")).collect();
        assert!(threads.iter().all(|thread| *thread == threads[0]));
        assert_eq!(threads[0].1.as_deref(), Some("gcache-patience"));
        for (pk, (_, _, waiter)) in (10..20).zip(&mut waiting) {
            assert_eq!(poll_with(waiter, Waker::noop()), Poll::Ready(pk * 2));
        }
    });
}

#[test]
fn a_waker_that_panics_keeps_nobody_else_asleep() {
    must_end(|| {
        let panics = waker(|| panic!("the queue of the executor is full"));
        let (tell, woken) = channel();
        let tells = waker(move || tell.send(()).expect("the test listens"));
        let (_one, _leader, mut waiter) = waits(30, &panics);
        let mut other: Task = Box::pin(item(None, 30));
        assert!(poll_with(&mut other, &tells).is_pending());
        woken.recv_timeout(PATIENCE).expect("who waits beside it is woken");
        // A later alarm, on the same thread.
        let (_other, _its_leader, mut later) = waits(31, &tells);
        woken.recv_timeout(PATIENCE).expect("the thread goes on");
        assert_eq!(poll_with(&mut later, Waker::noop()), Poll::Ready(62));
        assert_eq!(poll_with(&mut waiter, Waker::noop()), Poll::Ready(60));
        assert_eq!(poll_with(&mut other, Waker::noop()), Poll::Ready(60));
    });
}

/// As it is at the end of a runtime, say.
#[test]
fn a_waker_may_drop_its_task() {
    must_end(|| {
        let (tell, woken) = channel();
        let task: Arc<Mutex<Option<Task>>> = Arc::default();
        let held = Arc::clone(&task);
        let drops = waker(move || {
            drop(held.lock().expect("no task panics").take());
            tell.send(()).expect("the test listens");
        });
        let (_leave, _leader, waiter) = waits(40, &drops);
        *task.lock().expect("no task panics") = Some(waiter);
        woken.recv_timeout(PATIENCE).expect("it is woken");
        assert!(task.lock().expect("no task panics").is_none());
    });
}

/// Which of those who wait computes is not decided before one of them is polled.
#[test]
fn a_task_that_nobody_polls_keeps_no_other_from_computing() {
    must_end(|| {
        let (_leave, _leader, unpolled) = waits(50, Waker::noop());
        assert_eq!(block_on(item(None, 50)), 100);
        drop(unpolled);
        // An unpolled relief is one more that is not waited for beyond its time.
        #[cache_against(Item(pk), skip(go), patience = "10ms")]
        async fn each(go: Option<Receiver<()>>, pk: u64) -> u64 {
            match go {
                Some(go) => go.await.map_or(0, |()| pk),
                None => pk,
            }
        }
        block_on(async {
            let (gos, receivers): (Vec<_>, Vec<_>) = (0..3).map(|_| oneshot::channel()).unzip();
            let mut calls: Vec<_> =
                receivers.into_iter().map(|go| Box::pin(each(Some(go), 51))).collect();
            for (begun, call) in calls.iter_mut().enumerate() {
                while of(each).stats().misses <= begun as u64 {
                    assert!(poll!(&mut *call).is_pending());
                    thread::yield_now();
                }
            }
            assert_eq!(each(None, 51).await, 51);
            drop(gos);
        });
        let stats = of(each).stats();
        assert_eq!((stats.misses, stats.relieved), (4, 3));
    });
}

#[test]
fn a_relief_that_is_dropped_leaves_the_flight_as_it_was() {
    #[cache_against(Item(pk), skip(go), patience = "10ms")]
    async fn slow(go: Receiver<()>, pk: u64) -> u64 {
        go.await.map_or(0, |()| pk)
    }
    must_end(|| {
        block_on(async {
            let (leave, go) = oneshot::channel();
            let mut leader = pin!(slow(go, 7));
            assert!(poll!(&mut leader).is_pending());
            for dropped in 1..=3 {
                let (_stays, go) = oneshot::channel();
                let mut relief = Box::pin(slow(go, 7));
                while of(slow).stats().relieved < dropped {
                    assert!(poll!(&mut relief).is_pending());
                    thread::yield_now();
                }
                drop(relief);
            }
            let (_stays, go) = oneshot::channel();
            let mut waiter = pin!(slow(go, 7));
            assert!(poll!(&mut waiter).is_pending(), "it waits for the leader");
            leave.send(()).expect("the leader waits");
            assert_eq!(leader.await, 7);
            assert_eq!(waiter.await, 7);
        });
        let stats = of(slow).stats();
        assert_eq!((stats.misses - stats.relieved, stats.entries), (1, 1));
    });
}

/// A future that began to wait outside of a transaction and loses its patience inside of it.
#[test]
fn the_value_of_a_relief_in_a_transaction_reaches_no_other_call() {
    must_end(|| {
        block_on(async {
            let (leave, go) = oneshot::channel();
            let mut leader = pin!(item(Some(go), 60));
            assert!(poll!(&mut leader).is_pending());
            let mut waiter = Box::pin(item(None, 60));
            assert!(poll!(&mut waiter).is_pending());
            let transaction = Transaction::begin();
            assert_eq!(transaction.run(waiter).await, 120);
            transaction.rollback();
            leave.send(()).expect("the leader waits");
            assert_eq!(leader.await, 60);
            assert_eq!(item(None, 60).await, 60, "the leader's is stored");
        });
    });
}

/// Opens for all.
type Gate = Shared<Receiver<()>>;

/// Threads and tasks that want the same, whose body takes until the gate opens.
#[test]
fn one_waiter_computes_for_each_patience_that_passes() {
    const PATIENT: Duration = Duration::from_millis(40);
    let config = Config::new().patience(PATIENT);
    let slow: Cached<u64, usize> = Cached::with("tests::slow", config);
    let runs = Arc::new(Count::default());
    let (open, gate) = oneshot::channel();
    let gate: Gate = gate.shared();
    let pool = ThreadPool::builder().pool_size(2).create().expect("threads can be started");
    let (tell, told): (Sender<usize>, _) = channel();

    let begin = Instant::now();
    for _ in 0..20 {
        let (slow, runs, gate, tell) =
            (slow.clone(), Arc::clone(&runs), gate.clone(), tell.clone());
        thread::spawn(move || {
            let body = || {
                let run = runs.up();
                block_on(gate).expect("the test opens it");
                run
            };
            let value = slow.get_with(&7, || tag("slow"), body).value;
            tell.send(value).expect("the test listens");
        });
    }
    for _ in 0..200 {
        let (slow, runs, gate, tell) =
            (slow.clone(), Arc::clone(&runs), gate.clone(), tell.clone());
        pool.spawn_ok(async move {
            let body = async {
                let run = runs.up();
                gate.await.expect("the test opens it");
                run
            };
            let value = slow.get_with_async(&7, || tag("slow"), body).await.value;
            tell.send(value).expect("the test listens");
        });
    }
    while runs.get() < 4 {
        assert!(begin.elapsed() < PATIENCE, "nobody loses patience");
        thread::yield_now();
    }
    open.send(()).expect("they wait");
    let values: Vec<usize> =
        (0..220).map(|_| told.recv_timeout(PATIENCE).expect("each returns")).collect();
    let time = begin.elapsed();
    let most = time.as_millis().div_ceil(PATIENT.as_millis()) + 1;
    assert!(runs.get() as u128 <= most, "{} bodies in {time:?}", runs.get());
    let stats = slow.stats();
    assert_eq!((stats.misses, stats.relieved + 1), (runs.get() as u64, runs.get() as u64));
    assert_eq!(stats.misses + stats.hits + stats.joined, 220);
    let stored = slow.get_with(&7, || tag("slow"), || 0).value;
    assert_eq!(values.iter().filter(|value| **value != stored).count(), runs.get() - 1);
}

#[test]
fn tasks_that_wait_for_a_leader_that_never_ends_all_return() {
    must_end(|| {
        block_on(async {
            let (_stays, go) = oneshot::channel();
            let mut leader = Box::pin(item(Some(go), 80));
            assert!(poll!(&mut leader).is_pending());
            let calls = (0..100).map(|_| item(None, 80));
            assert!(join_all(calls).await.iter().all(|value| *value == 160));
        });
    });
}
