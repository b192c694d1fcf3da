//! Promise 4, Once: callers that miss together compute once, and nobody hangs.

mod common;

use common::{Count, must_end, stop};
use futures::channel::oneshot;
use futures::future::join_all;
use futures::poll;
use gcache::{cache_against, group, of};
use std::pin::pin;
use std::sync::{Arc, Barrier};
use std::thread;

group!(Item: u64);

#[test]
fn threads_that_miss_together_compute_once() {
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk))]
    fn item(pk: u64) -> usize {
        RUNS.up()
    }

    for pk in 0..50 {
        let start = Barrier::new(8);
        let values: Vec<usize> = thread::scope(|scope| {
            let call = || {
                start.wait();
                item(pk)
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(call)).collect();
            threads.into_iter().map(|thread| thread.join().expect("it returns")).collect()
        });
        assert!(values.iter().all(|value| *value == values[0]));
    }
    assert_eq!(RUNS.get(), 50);
    let stats = of(item).stats();
    assert_eq!((stats.misses, stats.hits + stats.joined), (50, 350));
}

#[test]
fn tasks_that_miss_together_compute_once() {
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk), skip(go))]
    async fn item(go: Option<oneshot::Receiver<()>>, pk: u64) -> usize {
        if let Some(go) = go {
            go.await.expect("the test lets it go on");
        }
        RUNS.up()
    }

    pollster::block_on(async {
        let (leave, go) = oneshot::channel();
        let mut leader = pin!(item(Some(go), 7));
        assert!(poll!(&mut leader).is_pending());
        let mut waiters: Vec<_> = (0..1000).map(|_| Box::pin(item(None, 7))).collect();
        for waiter in &mut waiters {
            assert!(poll!(waiter).is_pending());
        }
        leave.send(()).expect("the leader waits");
        assert_eq!(leader.await, 1);
        assert!(join_all(waiters).await.iter().all(|value| *value == 1));
    });
    assert_eq!(RUNS.get(), 1);
    assert_eq!(of(item).stats().joined, 1000);
}

#[test]
fn both_sides_of_a_join_in_one_task_are_one_computation() {
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk))]
    async fn item(pk: u64) -> usize {
        futures::pending!();
        RUNS.up()
    }

    // `pending!` wakes nobody, so the test polls until both are done.
    pollster::block_on(async {
        let mut both = pin!(futures::future::join(item(7), item(7)));
        assert!(poll!(&mut both).is_pending());
        assert_eq!(both.await, (1, 1));
    });
}

#[test]
fn a_leader_that_panics_hands_over() {
    static RUNS: Count = Count::new();
    let (stop, control) = stop();

    #[cache_against(Item(pk), skip(stop))]
    fn item(stop: Option<&common::Stop>, pk: u64) -> usize {
        let run = RUNS.up();
        if let Some(stop) = stop {
            stop.here();
            panic!("the first one fails");
        }
        run
    }

    thread::scope(|scope| {
        let leader = scope.spawn(|| item(Some(&stop), 7));
        control.arrived();
        let waiters: Vec<_> = (0..4).map(|_| scope.spawn(|| item(None, 7))).collect();
        control.leave();
        assert!(leader.join().is_err(), "the panic is the leader's own");
        for waiter in waiters {
            assert_eq!(waiter.join().expect("it returns"), 2);
        }
    });
    assert_eq!(RUNS.get(), 2);
}

#[test]
fn a_leader_that_fails_hands_over_and_its_error_is_not_stored() {
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk), skip(go))]
    async fn item(go: Option<oneshot::Receiver<()>>, pk: u64) -> Result<usize, String> {
        if let Some(go) = go {
            go.await.expect("the test lets it go on");
            return Err(format!("run {}", RUNS.up()));
        }
        Ok(RUNS.up())
    }

    pollster::block_on(async {
        let (leave, go) = oneshot::channel();
        let mut leader = pin!(item(Some(go), 7));
        assert!(poll!(&mut leader).is_pending());
        let mut waiters: Vec<_> = (0..10).map(|_| Box::pin(item(None, 7))).collect();
        for waiter in &mut waiters {
            assert!(poll!(waiter).is_pending());
        }
        leave.send(()).expect("the leader waits");
        assert_eq!(leader.await, Err("run 1".to_owned()));
        assert!(join_all(waiters).await.iter().all(|value| *value == Ok(2)));
    });
    let stats = of(item).stats();
    assert_eq!((stats.errors, stats.misses, stats.joined + stats.hits), (1, 2, 9));
}

/// A body that always fails is tried by one caller at a time, but no caller waits for all others.
#[test]
fn callers_of_a_broken_body_all_get_an_error() {
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk))]
    async fn item(pk: u64) -> Result<usize, usize> {
        futures::pending!();
        Err(RUNS.up())
    }

    let results = must_end(|| {
        pollster::block_on(async {
            let mut tasks: Vec<_> = (0..100).map(|_| Box::pin(item(7))).collect();
            let mut results = Vec::new();
            while !tasks.is_empty() {
                let mut open = Vec::new();
                for mut task in tasks {
                    match poll!(&mut task) {
                        std::task::Poll::Ready(result) => results.push(result),
                        std::task::Poll::Pending => open.push(task),
                    }
                }
                tasks = open;
            }
            results
        })
    });
    assert_eq!(results.len(), 100);
    assert!(results.iter().all(Result::is_err));
    assert_eq!(RUNS.get(), 100);
}

#[test]
fn ten_cancelled_leaders_hand_over_each_time() {
    static RUNS: Count = Count::new();
    static STARTS: Count = Count::new();

    #[cache_against(Item(pk), skip(go))]
    async fn item(go: Arc<tokio_free::Gate>, pk: u64) -> usize {
        STARTS.up();
        go.wait().await;
        RUNS.up()
    }

    pollster::block_on(async {
        let gate = Arc::new(tokio_free::Gate::default());
        let mut tasks: std::collections::VecDeque<_> =
            (0..10_000).map(|_| Box::pin(item(Arc::clone(&gate), 7))).collect();
        for task in &mut tasks {
            assert!(poll!(task).is_pending());
        }
        for cancelled in 1..=10 {
            assert_eq!(STARTS.get(), cancelled);
            // The leader is the first that was polled since the last one was dropped.
            drop(tasks.pop_front());
            for task in &mut tasks {
                assert!(poll!(task).is_pending());
            }
        }
        gate.open();
        assert!(join_all(tasks).await.iter().all(|value| *value == 1));
    });
    assert_eq!((STARTS.get(), RUNS.get()), (11, 1));
}

mod tokio_free {
    //! A gate that any number of tasks wait at, without a runtime.

    use std::sync::atomic::{AtomicBool, Ordering};

    #[derive(Default)]
    pub(crate) struct Gate(AtomicBool);

    impl Gate {
        pub(crate) async fn wait(&self) {
            std::future::poll_fn(|task| {
                if self.0.load(Ordering::SeqCst) {
                    return std::task::Poll::Ready(());
                }
                task.waker().wake_by_ref();
                std::task::Poll::Pending
            })
            .await;
        }

        pub(crate) fn open(&self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
}
