//! Promise 4, Once: whoever waits for what waits for it in a way that nobody can see goes on when its patience
//! is over. `docs/deadlocks.md` has these cases.

mod common;

use common::{Count, must_end, poll_once};
use futures::channel::oneshot::{self, Receiver};
use futures::executor::block_on;
use futures::future::{Either, select};
use futures::stream::{self, FuturesOrdered, FuturesUnordered, StreamExt as _};
use gcache::{cache_against, group, of};
use std::future::pending;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Condvar, Mutex};
use std::thread;

group!(Page: u64);

fn wait_for(flag: &AtomicBool) {
    while !flag.load(Ordering::SeqCst) {
        thread::yield_now();
    }
}

fn two_workers() -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("threads can be started")
}

/// One worker leads and waits for its second half; the other has that half, takes up a second call while it
/// is at it, and would wait for the first.
#[test]
fn two_calls_in_a_pool_of_two_workers_that_join_inside_end() {
    static STOLEN: AtomicBool = AtomicBool::new(false);
    static TAKEN_UP: AtomicBool = AtomicBool::new(false);
    static RUNS: Count = Count::new();

    #[cache_against(Page(pk), skip(tell), patience = "20ms")]
    fn page(tell: Option<Sender<u64>>, pk: u64) -> u64 {
        RUNS.up();
        let Some(tell) = tell else {
            let (left, right) = rayon::join(|| pk, || pk);
            return left + right;
        };
        let first = || {
            // Not to take the second call up itself, which would compute at once.
            wait_for(&STOLEN);
            wait_for(&TAKEN_UP);
            pk
        };
        let second = || {
            STOLEN.store(true, Ordering::SeqCst);
            rayon::spawn(move || {
                TAKEN_UP.store(true, Ordering::SeqCst);
                tell.send(page(None, pk)).expect("the test listens");
            });
            // What any `join` in here would do while it waits.
            while !TAKEN_UP.load(Ordering::SeqCst) {
                rayon::yield_now();
            }
            pk
        };
        let (left, right) = rayon::join(first, second);
        left + right
    }

    let (first, other) = must_end(|| {
        let (tell, told) = channel();
        let first = two_workers().install(|| page(Some(tell), 7));
        (first, told.recv().expect("it returns"))
    });
    assert_eq!((first, other), (14, 14));
    let stats = of(page).stats();
    assert_eq!((RUNS.get(), stats.relieved), (2, 1));
}

/// The same by chance, as it comes: many calls of few pages.
#[test]
fn many_calls_in_a_pool_of_two_workers_that_join_inside_end() {
    #[cache_against(Page(pk), patience = "5ms")]
    fn page(pk: u64) -> u64 {
        let (left, right) = rayon::join(|| half(pk, 6), || half(pk, 6));
        left + right
    }
    fn half(pk: u64, depth: u64) -> u64 {
        if depth == 0 {
            return pk;
        }
        let (left, right) = rayon::join(|| half(pk, depth - 1), || half(pk, depth - 1));
        left + right
    }

    must_end(|| {
        let pool = two_workers();
        for round in 0..30 {
            pool.scope(|scope| {
                for call in 0..40 {
                    scope.spawn(move |_| {
                        let pk = round * 4 + call % 4;
                        assert_eq!(page(pk), pk * 128);
                    });
                }
            });
        }
    });
}

/// A page that is held up until `go`.
#[cache_against(Page(pk), skip(go), patience = "20ms")]
async fn page(go: Option<Receiver<()>>, pk: u64) -> u64 {
    if let Some(go) = go {
        // Never sent where the test drops the sender.
        let _ = go.await;
    }
    pk * 2
}

#[test]
fn the_consumer_of_a_buffered_stream_may_await_a_call_inside_of_it() {
    must_end(|| {
        block_on(async {
            let (leave, go) = oneshot::channel();
            let gos = [(None, 100), (Some(go), 101)];
            let mut pages = stream::iter(gos).map(|(go, pk)| page(go, pk)).buffered(2);
            assert_eq!(pages.next().await, Some(200));
            leave.send(()).expect("the second page waits");
            // It could go on, but nobody polls it while this is awaited.
            assert_eq!(page(None, 101).await, 202);
            assert_eq!(pages.next().await, Some(202));
        });
    });
}

#[test]
fn a_call_returns_though_its_leader_sits_unpolled_in_a_set_of_futures() {
    must_end(|| {
        block_on(async {
            let (leave, go) = oneshot::channel();
            let mut ordered: FuturesOrdered<_> =
                [(None, 110), (Some(go), 111)].into_iter().map(|(go, pk)| page(go, pk)).collect();
            assert_eq!(ordered.next().await, Some(220));
            leave.send(()).expect("the second page waits");
            assert_eq!(page(None, 111).await, 222);

            let (leave, go) = oneshot::channel();
            let mut unordered: FuturesUnordered<_> =
                [(Some(go), 112), (None, 113)].into_iter().map(|(go, pk)| page(go, pk)).collect();
            assert_eq!(unordered.next().await, Some(226));
            leave.send(()).expect("the first page waits");
            assert_eq!(page(None, 112).await, 224);
        });
    });
}

#[test]
fn a_leader_that_a_select_left_unfinished_is_relieved() {
    must_end(|| {
        block_on(async {
            let (leave, go) = oneshot::channel();
            let slow = pin!(page(Some(go), 120));
            match select(slow, pin!(std::future::ready(()))).await {
                Either::Right(((), unfinished)) => {
                    leave.send(()).expect("the page waits");
                    assert_eq!(page(None, 120).await, 240);
                    assert_eq!(unfinished.await, 240);
                }
                Either::Left(_) => panic!("nobody has let it go on"),
            }
        });
    });
}

/// A lock that is held across a call whose leader wants it.
#[test]
fn an_async_lock_held_across_a_call_is_given_back() {
    #[cache_against(Page(pk), skip(row, is_held), patience = "20ms")]
    async fn locked(row: &futures::lock::Mutex<u64>, is_held: bool, pk: u64) -> u64 {
        if is_held { pk } else { *row.lock().await + pk }
    }
    must_end(|| {
        block_on(async {
            let row = futures::lock::Mutex::new(0);
            let held = row.lock().await;
            let leader = locked(&row, false, 130);
            let holder = async {
                let value = locked(&row, true, 130).await;
                drop(held);
                value
            };
            assert_eq!(futures::join!(leader, holder), (130, 130));
        });
    });
}

/// A pool of connections.
struct Connections {
    free: Mutex<usize>,
    given_back: Condvar,
}

struct Connection<'pool>(&'pool Connections);

impl Connections {
    fn take(&self) -> Connection<'_> {
        let free = self.free.lock().expect("nobody panics");
        let mut free = self.given_back.wait_while(free, |free| *free == 0).expect("nobody panics");
        *free -= 1;
        Connection(self)
    }
}

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().expect("nobody panics") += 1;
        self.0.given_back.notify_one();
    }
}

/// The leader needs a connection, and who has the last one waits for the leader.
#[test]
fn a_connection_that_waits_for_a_leader_that_needs_one_comes_back() {
    static POOL: Connections = Connections { free: Mutex::new(1), given_back: Condvar::new() };
    static RUNS: Count = Count::new();

    #[cache_against(Page(pk), skip(connection, asks), patience = "20ms")]
    fn page(connection: Option<&Connection<'_>>, asks: Option<Sender<()>>, pk: u64) -> usize {
        let run = RUNS.up();
        if connection.is_none() {
            asks.into_iter().for_each(|asks| asks.send(()).expect("the test listens"));
            let _own = POOL.take();
            return run;
        }
        run
    }

    must_end(|| {
        let last = POOL.take();
        let (asks, has_asked) = channel();
        thread::scope(|scope| {
            let leader = scope.spawn(|| page(None, Some(asks), 7));
            has_asked.recv().expect("it asks for a connection");
            assert_eq!(page(Some(&last), None, 7), 2);
            drop(last);
            assert_eq!(leader.join().expect("it returns"), 1);
            assert_eq!(page(None, None, 7), 2, "the first to land is stored");
        });
    });
}

/// Nothing tells such a thread from any other that waits for the body; `bypass` would compute at once.
#[test]
fn a_thread_that_a_body_joins_may_call_for_the_same_value() {
    static RUNS: Count = Count::new();
    #[cache_against(Page(pk), skip(depth), patience = "20ms")]
    fn page(depth: u32, pk: u64) -> u32 {
        RUNS.up();
        if depth == 0 {
            return 0;
        }
        let thread = thread::spawn(move || page(depth - 1, pk));
        1 + thread.join().expect("it returns")
    }

    assert_eq!(must_end(|| page(2, 7)), 2);
    assert_eq!((RUNS.get(), of(page).stats().relieved), (3, 2));
}

/// The body of a future that is dropped is dropped as well, where it stands.
#[test]
fn a_destructor_in_a_dropped_body_may_call_for_the_same_value() {
    struct Calls(Sender<u64>);
    impl Drop for Calls {
        fn drop(&mut self) {
            let value = block_on(page(None, 9));
            self.0.send(value).expect("the test listens");
        }
    }
    #[cache_against(Page(pk), skip(calls), patience = "off")]
    async fn page(calls: Option<Calls>, pk: u64) -> u64 {
        if calls.is_some() {
            pending::<()>().await;
        }
        pk
    }

    must_end(|| {
        let (tell, called) = channel();
        let mut leader = Box::pin(page(Some(Calls(tell)), 9));
        poll_once(&mut leader);
        let mut waiter = Box::pin(page(None, 9));
        poll_once(&mut waiter);
        drop(leader);
        assert_eq!(called.recv(), Ok(9));
        assert_eq!(block_on(waiter), 9);
        assert_eq!(of(page).stats().misses, 2);
    });
}
