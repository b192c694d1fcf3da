//! Promise 4, Once: what a computation brings reaches all who wait for it, and whoever is lost on the
//! way, its leader or one that waits, takes nobody else along.

mod common;

use common::{Count, PATIENCE, must_end, stop};
use futures::channel::oneshot;
use futures::executor::ThreadPool;
use futures::future::{AbortHandle, Abortable, Aborted};
use futures::poll;
use gcache::{cache_against, group, of};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::thread;

group!(Item: u64);

/// More often than a map frees what was removed from it, which the flight itself is part of.
const ROUNDS: u64 = 100;

fn never<T>(_: &T) -> bool {
    false
}

#[test]
fn a_value_that_is_not_stored_reaches_all_waiters() {
    static RUNS: Count = Count::new();
    #[cache_against(Item(pk), skip(go), cache_if = never)]
    async fn item(go: Option<oneshot::Receiver<()>>, pk: u64) -> usize {
        if let Some(go) = go {
            go.await.expect("the test lets it go on");
        }
        RUNS.up()
    }
    pollster::block_on(async {
        for waiters in 1..4 {
            for pk in 0..ROUNDS {
                let before = RUNS.get();
                let (leave, go) = oneshot::channel();
                let mut leader = Box::pin(item(Some(go), pk));
                assert!(poll!(&mut leader).is_pending());
                let mut waiting: Vec<_> = (0..waiters).map(|_| Box::pin(item(None, pk))).collect();
                for waiter in &mut waiting {
                    assert!(poll!(waiter).is_pending());
                }
                leave.send(()).expect("the leader waits");
                assert_eq!(leader.await, before + 1);
                for waiter in waiting {
                    assert_eq!(waiter.await, before + 1, "{waiters} waiters, round {pk}");
                }
            }
        }
    });
    let stats = of(item).stats();
    assert_eq!((stats.misses, stats.joined, stats.entries), (3 * ROUNDS, 6 * ROUNDS, 0));
}

#[test]
fn a_value_is_freed_after_its_last_waiter_leaves() {
    #[cache_against(Item(pk), skip(go), cache_if = never)]
    async fn item(go: Option<oneshot::Receiver<()>>, pk: u64) -> Arc<u64> {
        if let Some(go) = go {
            go.await.expect("the test lets it go on");
        }
        Arc::new(pk)
    }
    pollster::block_on(async {
        let (leave, go) = oneshot::channel();
        let mut leader = Box::pin(item(Some(go), 7));
        assert!(poll!(&mut leader).is_pending());
        let (mut one, mut other) = (Box::pin(item(None, 7)), Box::pin(item(None, 7)));
        assert!(poll!(&mut one).is_pending());
        assert!(poll!(&mut other).is_pending());
        leave.send(()).expect("the leader waits");
        let value = leader.await;
        drop(one);
        assert!(Arc::ptr_eq(&value, &other.await), "one of those who waited has gone");
        assert_eq!(Arc::strong_count(&value), 1, "nobody waits any more");
    });
}

/// On an executor with threads, so that each hand-over is a wake-up.
#[test]
fn ten_cancelled_leaders_of_ten_thousand_tasks_hand_over_each_time() {
    static STARTS: Count = Count::new();
    static RUNS: Count = Count::new();
    #[cache_against(Item(pk), skip(task, started, go))]
    async fn item(
        task: usize,
        started: Sender<usize>,
        go: Arc<Mutex<Option<oneshot::Receiver<()>>>>,
        pk: u64,
    ) -> usize {
        started.send(task).expect("the test listens");
        if STARTS.up() <= 10 {
            futures::future::pending::<()>().await;
        }
        let go = go.lock().expect("nobody panics").take();
        go.expect("one computation comes so far").await.expect("the test lets it go on");
        RUNS.up()
    }

    let pool = ThreadPool::builder().pool_size(4).create().expect("threads can be started");
    let (start, started) = mpsc::channel();
    let (done, results) = mpsc::channel();
    let (leave, go) = oneshot::channel();
    let go = Arc::new(Mutex::new(Some(go)));
    let handles: Vec<AbortHandle> = (0..10_000)
        .map(|task| {
            let (handle, registration) = AbortHandle::new_pair();
            let call = item(task, start.clone(), Arc::clone(&go), 7);
            let done = done.clone();
            pool.spawn_ok(async move {
                let result = Abortable::new(call, registration).await;
                // The receiver is gone only if the test has failed.
                let _ = done.send(result);
            });
            handle
        })
        .collect();
    for _ in 0..10 {
        handles[started.recv_timeout(PATIENCE).expect("another one leads")].abort();
    }
    started.recv_timeout(PATIENCE).expect("the eleventh leads");
    leave.send(()).expect("the leader waits");
    let mut cancelled = 0;
    for _ in 0..10_000 {
        match results.recv_timeout(PATIENCE).expect("all tasks end") {
            Ok(run) => assert_eq!(run, 1),
            Err(Aborted) => cancelled += 1,
        }
    }
    assert_eq!((cancelled, STARTS.get(), RUNS.get()), (10, 11, 1));
    let stats = of(item).stats();
    assert_eq!((stats.misses, stats.hits + stats.joined), (11, 9_989));
}

thread_local! {
    /// Whether the next clone on this thread panics.
    static FRAGILE: Cell<bool> = const { Cell::new(false) };
}

#[derive(Debug)]
struct Fragile(usize);

impl Clone for Fragile {
    fn clone(&self) -> Self {
        assert!(!FRAGILE.replace(false), "the clone panics");
        Self(self.0)
    }
}

/// Starts a leader and four that wait, the leader and the second of which have `Clone` panic; returns
/// what came of the leader and of those who waited.
fn clones_panic(
    leader_panics: bool,
    item: fn(Option<&common::Stop>, u64) -> Fragile,
) -> (Option<usize>, Vec<Option<usize>>) {
    must_end(move || {
        let (stop, control) = stop();
        let (send, receive) = mpsc::channel();
        thread::scope(|scope| {
            let call = |stop, fragile| {
                FRAGILE.set(fragile);
                let result = catch_unwind(AssertUnwindSafe(|| item(stop, 7).0));
                FRAGILE.set(false);
                result.ok()
            };
            let stop = &stop;
            let leader = scope.spawn(move || call(Some(stop), leader_panics));
            control.arrived();
            for waiter in 0..4 {
                let send = send.clone();
                scope.spawn(move || send.send(call(None, waiter == 1)));
            }
            control.leave();
            drop(send);
            (leader.join().expect("its panic was caught"), receive.into_iter().collect())
        })
    })
}

#[test]
fn a_clone_that_panics_fails_one_caller_only() {
    static RUNS: Count = Count::new();
    #[cache_against(Item(pk), skip(stop))]
    fn item(stop: Option<&common::Stop>, pk: u64) -> Fragile {
        let run = RUNS.up();
        stop.into_iter().for_each(common::Stop::here);
        Fragile(run)
    }

    let (leader, mut others) = clones_panic(true, item);
    assert_eq!(leader, None, "the value is the memo's, the leader's own is a clone");
    others.sort_unstable();
    assert_eq!(others, [None, Some(1), Some(1), Some(1)]);
    assert_eq!((item(None, 7).0, RUNS.get()), (1, 1), "the value is stored");
}

#[test]
fn a_leader_whose_condition_panics_hands_over() {
    static RUNS: Count = Count::new();
    #[cache_against(Item(pk), skip(stop), cache_if = wanted)]
    fn item(stop: Option<&common::Stop>, pk: u64) -> Fragile {
        let run = RUNS.up();
        stop.into_iter().for_each(common::Stop::here);
        Fragile(run)
    }
    fn wanted(value: &Fragile) -> bool {
        assert_ne!(value.0, 1, "the condition panics");
        true
    }

    let (leader, others) = clones_panic(false, item);
    assert_eq!(leader, None);
    assert_eq!(others.iter().filter(|value| **value == Some(2)).count(), 3);
    assert_eq!((item(None, 7).0, RUNS.get()), (2, 2));
}
