//! Promise 9, Harmless, at the end of a thread: destructors of thread-local values call, invalidation, and end
//! what was begun before.
//!
//! Each test has the destructor run before and after what the library keeps for the thread itself.

mod common;

use common::{Count, must_end};
use futures::channel::oneshot::{Receiver, Sender, channel};
use gcache::*;
use std::cell::RefCell;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::thread;

/// Runs what it holds when the thread ends.
struct AtTheEnd(RefCell<Option<Box<dyn FnOnce()>>>);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        let work = self.0.take();
        work.into_iter().for_each(|work| work());
    }
}

thread_local!(static LAST: AtTheEnd = const { AtTheEnd(RefCell::new(None)) });

/// Runs `work` on a thread, and what it returns in a destructor at the end of that thread; twice, with
/// the library's own values for the thread dropped before and after.
fn on_ending_threads<End: FnOnce() + 'static>(work: impl Fn() -> End + Send + Sync + 'static) {
    group!(Any);
    #[cache_against(Any)]
    fn any_call() {}

    must_end(move || {
        for used_before in [false, true] {
            thread::scope(|scope| {
                let thread = scope.spawn(|| {
                    if used_before {
                        any_call();
                        LAST.with(|_| ());
                    } else {
                        LAST.with(|_| ());
                        any_call();
                    }
                    let end = work();
                    LAST.with(|last| last.0.replace(Some(Box::new(end))));
                });
                thread.join().expect("neither the thread nor its destructors panic");
            });
        }
    });
}

type Task = Pin<Box<dyn Future<Output = u64> + Send>>;

/// Waits until the test lets a body go on that has something to wait for.
async fn after(go: Option<Receiver<()>>) {
    if let Some(go) = go {
        go.await.expect("the test lets it go on");
    }
}

fn poll(task: &mut Task) -> Poll<u64> {
    task.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// A call of `item` that waits for the returned sender.
fn begun(item: impl FnOnce(Receiver<()>) -> Task) -> (Task, Sender<()>) {
    let (leave, go) = channel();
    let mut task = item(go);
    assert!(poll(&mut task).is_pending());
    (task, leave)
}

#[test]
fn a_destructor_may_be_the_first_to_use_anything() {
    group!(Item: u64);
    #[derive(Clone, Invalidates)]
    struct Row {
        id: u64,
    }
    #[cache_against(Item(pk), Row, results, ttl = "1h", idle = "1h")]
    fn rows(pk: u64) -> Vec<Row> {
        depends_on!(Row(pk), "a tag");
        vec![Row { id: pk }]
    }
    fn use_everything() {
        assert_eq!(rows(1).len(), 1);
        assert_eq!(pollster_free(async { rows(1).len() }), 1);
        invalidate_item(1);
        Row { id: 1 }.edit().id = 2;
        invalidate_row(2);
        invalidate_tag("a tag");
        assert_eq!(bypass(|| rows(1).len()), 1);
        of(rows).clear().expect("it was called");
        assert!(of(rows).stats().misses > 0);
        assert!(stats().to_string().contains("thread_end"));
    }

    must_end(|| {
        thread::spawn(|| LAST.with(|last| drop(last.0.replace(Some(Box::new(use_everything))))))
            .join()
            .expect("neither the thread nor its destructors panic");
    });
    on_ending_threads(|| use_everything);
    rows(1);
    let hits = of(rows).stats().hits;
    rows(1);
    assert_eq!(of(rows).stats().hits, hits + 1, "it works as ever on a thread that lives");
}

/// `pollster` keeps something per thread itself.
fn pollster_free<R>(work: impl Future<Output = R>) -> R {
    match std::pin::pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => unreachable!("it waits for nothing"),
    }
}

#[test]
fn an_instance_of_a_generic_function_may_be_called_first_in_a_destructor() {
    #[cache_against("instances")]
    fn size<T: 'static>(times: usize) -> usize {
        times * size_of::<T>()
    }

    on_ending_threads(|| {
        assert_eq!(size::<u8>(3), 3);
        || {
            assert_eq!(size::<u16>(3), 6);
            assert_eq!(size::<u16>(3), 6);
        }
    });
    assert_eq!((size::<u16>(3), size::<u16>(3)), (6, 6));
    // Where nothing can be stored any more each call computes; elsewhere only the first.
    let stats = of(size::<u16>).stats();
    assert_eq!((stats.misses, stats.hits), (3, 3));
}

#[test]
fn a_future_may_come_to_its_end_in_a_destructor() {
    group!(Item: u64);
    group!(Inner: u64);
    static RUNS: Count = Count::new();
    #[cache_against(Inner(pk))]
    fn inner(pk: u64) -> u64 {
        pk
    }
    #[cache_against(Item(pk), skip(go))]
    async fn item(go: Option<Receiver<()>>, pk: u64) -> u64 {
        RUNS.up();
        after(go).await;
        depends_on!(Inner(pk));
        inner(pk) * 2
    }

    on_ending_threads(|| {
        static KEYS: AtomicU64 = AtomicU64::new(1);
        let pk = KEYS.fetch_add(1, Ordering::SeqCst);
        let (mut leader, leave) = begun(|go| Box::pin(item(Some(go), pk)));
        let mut waiter: Task = Box::pin(item(None, pk));
        assert!(poll(&mut waiter).is_pending());
        move || {
            leave.send(()).expect("the leader waits");
            assert_eq!(poll(&mut leader), Poll::Ready(pk * 2));
            assert_eq!(poll(&mut waiter), Poll::Ready(pk * 2));
        }
    });
    for pk in [1, 2, 1, 2] {
        assert_eq!(pollster::block_on(item(None, pk)), pk * 2);
    }
    let runs = RUNS.get();
    assert_eq!((pollster::block_on(item(None, 1)), RUNS.get()), (2, runs), "it works as ever");
}

/// What a body calls at the end of a thread takes no generations, so its value may not be stored.
#[test]
fn a_future_that_a_destructor_goes_on_with_forgets_no_dependency() {
    group!(Item: u64);
    group!(Inner: u64);
    static ROW: AtomicU64 = AtomicU64::new(1);
    #[cache_against(Inner(pk))]
    fn inner(pk: u64) -> u64 {
        ROW.load(Ordering::SeqCst) + pk
    }
    #[cache_against(Item(pk), skip(go, stay))]
    async fn item(go: Option<Receiver<()>>, stay: Option<Receiver<()>>, pk: u64) -> u64 {
        after(go).await;
        let value = inner(pk);
        if let Some(stay) = stay {
            stay.await.expect("the test lets it go on");
        }
        value
    }

    let (send, receive) = mpsc::channel();
    on_ending_threads(move || {
        let send = send.clone();
        let (leave_again, stay) = channel();
        let (mut task, leave) = begun(|go| Box::pin(item(Some(go), Some(stay), 0)));
        move || {
            leave.send(()).expect("the body waits");
            assert!(poll(&mut task).is_pending());
            send.send((task, leave_again)).expect("the test waits for it");
        }
    });
    for (task, leave) in receive {
        leave.send(()).expect("the body waits");
        pollster::block_on(task);
        let row = ROW.fetch_add(1, Ordering::SeqCst) + 1;
        invalidate_inner(0);
        assert_eq!(pollster::block_on(item(None, None, 0)), row, "stale");
    }
}

#[test]
fn a_leader_that_is_dropped_with_its_thread_hands_over() {
    group!(Item: u64);
    static STARTS: Count = Count::new();
    #[cache_against(Item(pk), skip(go))]
    async fn item(go: Option<Receiver<()>>, pk: u64) -> u64 {
        STARTS.up();
        after(go).await;
        pk * 2
    }

    let (send, receive) = mpsc::channel();
    on_ending_threads(move || {
        let (leader, leave) = begun(|go| Box::pin(item(Some(go), 7)));
        let mut waiter: Task = Box::pin(item(None, 7));
        assert!(poll(&mut waiter).is_pending());
        send.send(waiter).expect("the test waits for it");
        move || drop((leader, leave))
    });
    for (round, waiter) in receive.into_iter().enumerate() {
        assert_eq!(must_end(move || pollster::block_on(waiter)), 14);
        assert_eq!(STARTS.get(), 3, "the leaders of both threads, and one waiter, round {round}");
    }
}

#[test]
fn a_leader_finishes_though_the_thread_of_its_only_waiter_ends() {
    group!(Item: u64);
    static STARTS: Count = Count::new();
    #[cache_against(Item(pk), skip(go))]
    async fn item(go: Option<Receiver<()>>, pk: u64) -> u64 {
        STARTS.up();
        after(go).await;
        pk * 2
    }

    let (mut leader, leave) = begun(|go| Box::pin(item(Some(go), 7)));
    on_ending_threads(|| {
        let mut waiter: Task = Box::pin(item(None, 7));
        assert!(poll(&mut waiter).is_pending());
        move || drop(waiter)
    });
    leave.send(()).expect("the leader waits");
    assert_eq!(poll(&mut leader), Poll::Ready(14));
    assert_eq!(pollster::block_on(item(None, 7)), 14);
    assert_eq!((STARTS.get(), of(item).stats().hits), (1, 1));
}

#[test]
fn a_transaction_in_a_destructor_defers_and_commits() {
    group!(Item: u64);
    static ROW: AtomicU64 = AtomicU64::new(0);
    #[cache_against(Item(pk))]
    fn item(pk: u64) -> u64 {
        ROW.load(Ordering::SeqCst) + pk
    }

    on_ending_threads(|| {
        let before = item(0);
        move || {
            let transaction = Transaction::begin();
            transaction.enter(|| assert!(invalidate_item(0).is_deferred()));
            // What others compute meanwhile is of the rows before the commit.
            let others = thread::spawn(|| item(0)).join().expect("it returns");
            assert_eq!(others, before);
            ROW.store(before + 1, Ordering::SeqCst);
            transaction.commit();
        }
    });
    assert_eq!(item(0), 2, "stale");
}

#[test]
fn a_transaction_that_is_dropped_with_its_thread_invalidates() {
    group!(Item: u64);
    static RUNS: Count = Count::new();
    #[cache_against(Item(pk))]
    fn item(pk: u64) -> usize {
        RUNS.up()
    }

    on_ending_threads(|| {
        item(0);
        let transaction = Transaction::begin();
        transaction.enter(|| assert!(invalidate_item(0).is_deferred()));
        move || drop(transaction)
    });
    assert_eq!((item(0), item(0)), (3, 3), "each transaction ended what it had touched");
}

#[test]
fn entries_that_a_destructor_removes_are_freed_by_other_threads() {
    group!(Item: u64);
    #[cache_against(Item(pk), capacity = 100)]
    fn item(pk: u64) -> u64 {
        pk
    }

    for thread in 0..20 {
        on_ending_threads(move || {
            (0..200).for_each(|pk| common::ignore(item(thread * 1000 + pk)));
            || assert!(!of(item).is_empty())
        });
    }
    let len = of(item).len();
    assert!(len <= 100, "{len} entries with a capacity of 100");
}
