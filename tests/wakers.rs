//! Promise 9, Harmless: any executor will do, whatever its wakers do when they are woken.

mod common;

use common::{Count, must_end};
use futures::channel::oneshot::{Receiver, Sender, channel};
use futures::future::join;
use gcache::{DependsOn, cache_against, depends_on, group};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

group!(Item: u64);

type Task = Pin<Box<dyn Future<Output = u64> + Send>>;

/// Twice the key where a test lets it go on, and one more where nobody does.
#[cache_against(Item(pk), skip(go))]
async fn item(go: Option<Receiver<()>>, pk: u64) -> u64 {
    let Some(go) = go else { return pk * 2 + 1 };
    go.await.expect("the test lets it go on");
    pk * 2
}

/// A computation under way, and what lets it go on.
fn leader(pk: u64) -> (Task, Sender<()>) {
    let (leave, go) = channel();
    let mut leader: Task = Box::pin(item(Some(go), pk));
    assert!(poll(&mut leader, Waker::noop()).is_pending());
    (leader, leave)
}

/// A call that waits for it, to be woken by `waker`.
fn waiter(pk: u64, waker: &Waker) -> Task {
    let mut waiter: Task = Box::pin(item(None, pk));
    assert!(poll(&mut waiter, waker).is_pending());
    waiter
}

fn poll(task: &mut Task, waker: &Waker) -> Poll<u64> {
    task.as_mut().poll(&mut Context::from_waker(waker))
}

/// An executor of one task that does something with it as soon as it is woken.
struct OnTheSpot<R> {
    task: Mutex<Option<Task>>,
    act: fn(Task) -> R,
    /// What came of it: a panic of a waker goes nowhere.
    came: Mutex<Option<R>>,
}

impl<R> OnTheSpot<R> {
    fn new(act: fn(Task) -> R) -> Arc<Self> {
        Arc::new(Self { task: Mutex::new(None), act, came: Mutex::new(None) })
    }

    fn give(&self, task: Task) {
        *self.task.lock().expect("no task panics") = Some(task);
    }

    fn came(&self) -> R {
        self.came.lock().expect("no task panics").take().expect("it was woken")
    }
}

impl<R: Send> Wake for OnTheSpot<R> {
    fn wake(self: Arc<Self>) {
        let task = self.task.lock().expect("no task panics").take();
        let came = (self.act)(task.expect("it is woken once"));
        *self.came.lock().expect("no task panics") = Some(came);
    }
}

fn woken_on_the_spot<R: Send + 'static>(pk: u64, act: fn(Task) -> R) -> R {
    must_end(move || {
        let (mut leader, leave) = leader(pk);
        let executor = OnTheSpot::new(act);
        executor.give(waiter(pk, &Waker::from(Arc::clone(&executor))));
        leave.send(()).expect("the leader waits");
        assert_eq!(poll(&mut leader, Waker::noop()), Poll::Ready(pk * 2));
        let came = executor.came();
        assert_eq!(pollster::block_on(item(None, pk)), pk * 2, "the leader's value is stored");
        came
    })
}

#[test]
fn a_waker_may_drop_its_task() {
    woken_on_the_spot(1, drop);
}

#[test]
fn a_waker_may_poll_its_task() {
    let value = woken_on_the_spot(2, |mut task| poll(&mut task, Waker::noop()));
    assert_eq!(value, Poll::Ready(4));
}

/// What a task that is polled by its waker calls is no part of the body that woke it.
#[test]
fn a_task_that_a_failed_body_wakes_runs_in_no_body() {
    #[cache_against(Item(pk), skip(go))]
    async fn fails_once(go: Option<Receiver<()>>, pk: u64) -> Result<u64, String> {
        match go {
            Some(go) => {
                go.await.expect("the test lets it go on");
                Err("failed".to_owned())
            }
            None => Ok(pk),
        }
    }

    must_end(|| {
        let (leave, go) = channel();
        let mut leader = Box::pin(fails_once(Some(go), 8));
        let mut poll_leader = || leader.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(poll_leader().is_pending());
        let executor = OnTheSpot::new(|mut task| poll(&mut task, Waker::noop()));
        let mut waiter: Task = Box::pin(async {
            let value = fails_once(None, 8).await.expect("it fails once");
            value + u64::from(depends_on!(Item(9)) != DependsOn::NoBody)
        });
        assert!(poll(&mut waiter, &Waker::from(Arc::clone(&executor))).is_pending());
        executor.give(waiter);
        leave.send(()).expect("the leader waits");
        assert!(matches!(poll_leader(), Poll::Ready(Err(_))));
        assert_eq!(executor.came(), Poll::Ready(8), "it depends on nothing");
    });
}

/// The same of a body that was not failed, and of the one that called it: promise 3.
#[test]
fn a_body_does_not_depend_on_what_a_task_uses_that_it_wakes() {
    static RUNS: Count = Count::new();
    #[cache_against(Item(pk), skip(go))]
    async fn caller(go: Option<Receiver<()>>, pk: u64) -> u64 {
        RUNS.up();
        item(go, pk).await
    }

    must_end(|| {
        let (leave, go) = channel();
        let mut calls: Task = Box::pin(caller(Some(go), 10));
        assert!(poll(&mut calls, Waker::noop()).is_pending());
        let executor = OnTheSpot::new(|mut task| poll(&mut task, Waker::noop()));
        let mut task: Task = Box::pin(async { item(None, 10).await + item(None, 11).await });
        assert!(poll(&mut task, &Waker::from(Arc::clone(&executor))).is_pending());
        executor.give(task);
        leave.send(()).expect("the leader waits");
        assert_eq!(poll(&mut calls, Waker::noop()), Poll::Ready(20));
        assert_eq!(executor.came(), Poll::Ready(20 + 23));
        invalidate_item(11);
        assert_eq!(pollster::block_on(caller(None, 10)), 20);
        assert_eq!(RUNS.get(), 1, "it depends on item 10 alone");
        invalidate_item(10);
        assert_eq!(pollster::block_on(caller(None, 10)), 21);
    });
}

/// The body that wakes a task does not wait for what the task waits for.
#[test]
fn a_task_that_is_polled_on_the_spot_waits_on_for_another_call() {
    static RUNS: Count = Count::new();
    #[cache_against(Item(pk), skip(go))]
    async fn caller(go: Option<Receiver<()>>, pk: u64) -> u64 {
        item(go, pk).await
    }
    #[cache_against(Item(pk))]
    async fn page(pk: u64) -> u64 {
        RUNS.up();
        caller(None, pk).await
    }

    must_end(|| {
        let (leave, go) = channel();
        let mut calls: Task = Box::pin(caller(Some(go), 12));
        let mut page_of_calls: Task = Box::pin(page(12));
        let mut task: Task = Box::pin(async { join(item(None, 12), page(12)).await.1 });
        let executor = OnTheSpot::new(|mut task| poll(&mut task, Waker::noop()));
        let on_the_spot = Waker::from(Arc::clone(&executor));
        assert!(poll(&mut calls, Waker::noop()).is_pending());
        assert!(poll(&mut page_of_calls, Waker::noop()).is_pending());
        assert!(poll(&mut task, &on_the_spot).is_pending());
        executor.give(task);
        leave.send(()).expect("the leader waits");
        assert_eq!(poll(&mut calls, Waker::noop()), Poll::Ready(24));
        assert!(executor.came().is_pending(), "`calls` has woken it in the middle");
        assert_eq!(poll(&mut page_of_calls, Waker::noop()), Poll::Ready(24));
        assert_eq!(RUNS.get(), 1);
    });
}

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("the queue of the executor is full");
    }
}

#[derive(Default)]
struct Counts(Count);

impl Wake for Counts {
    fn wake(self: Arc<Self>) {
        self.0.up();
    }
}

/// Three calls wait, of which the one in the middle is woken by a waker that panics.
fn one_of_three_panics(pk: u64) -> (Task, Sender<()>, [Task; 3], Arc<Counts>) {
    let (leader, leave) = leader(pk);
    let counts = Arc::new(Counts::default());
    let counting = Waker::from(Arc::clone(&counts));
    let waiters =
        [waiter(pk, &counting), waiter(pk, &Waker::from(Arc::new(Panics))), waiter(pk, &counting)];
    (leader, leave, waiters, counts)
}

#[test]
fn a_waker_that_panics_is_no_concern_of_the_leader_and_keeps_nobody_asleep() {
    must_end(|| {
        let (mut leader, leave, waiters, counts) = one_of_three_panics(3);
        leave.send(()).expect("the leader waits");
        assert_eq!(poll(&mut leader, Waker::noop()), Poll::Ready(6));
        assert_eq!(counts.0.get(), 2, "both of the others are woken");
        for mut waiter in waiters {
            assert_eq!(poll(&mut waiter, Waker::noop()), Poll::Ready(6));
        }
    });
}

#[test]
fn a_waker_that_panics_is_no_concern_of_who_cancels_the_leader() {
    must_end(|| {
        let (leader, _leave, waiters, counts) = one_of_three_panics(4);
        assert!(catch_unwind(AssertUnwindSafe(|| drop(leader))).is_ok());
        assert_eq!(counts.0.get(), 2, "both of the others are woken");
        for mut waiter in waiters {
            assert_eq!(poll(&mut waiter, Waker::noop()), Poll::Ready(9));
        }
    });
}

#[test]
fn a_waker_that_panics_while_the_leader_panics_does_not_end_the_process() {
    must_end(|| {
        let (mut leader, leave, waiters, counts) = one_of_three_panics(5);
        // The body panics, since nobody lets it go on.
        drop(leave);
        assert!(catch_unwind(AssertUnwindSafe(|| poll(&mut leader, Waker::noop()))).is_err());
        assert_eq!(counts.0.get(), 2, "both of the others are woken");
        for mut waiter in waiters {
            assert_eq!(poll(&mut waiter, Waker::noop()), Poll::Ready(11));
        }
    });
}
