//! `finish`: a future that is dropped before its end goes on.

mod common;

use common::doubt::{Database, doubts, in_doubt};
use common::poll_once;
use gcache::finish::{self, FinishStats, finish};
use gcache::{Transaction, cache_against, group, invalidate, invalidates};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

/// What goes on alone is counted for the whole process, so one test runs at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone() -> (MutexGuard<'static, ()>, Runtime) {
    let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = Builder::new_multi_thread().worker_threads(1).build().expect("it starts");
    (alone, runtime)
}

fn refused() -> u64 {
    finish::stats().refused
}

/// A future that notes its end, after it was let go on.
fn waiting(
    go: oneshot::Receiver<()>,
    ends: &Arc<Mutex<Vec<u8>>>,
) -> impl Future<Output = u8> + use<> {
    let ends = Arc::clone(ends);
    async move {
        go.await.expect("the test lets it go on");
        ends.lock().expect("nobody panics").push(1);
        7
    }
}

#[test]
fn an_awaited_finish_returns_the_value_of_its_future() {
    let (_alone, runtime) = alone();
    // Without a runtime as well.
    assert_eq!(pollster::block_on(finish(async { 7 })), 7);
    assert_eq!(runtime.block_on(finish(async { 7 })), 7);
    assert_eq!(finish::stats().running, 0);
}

#[test]
fn a_dropped_finish_goes_on_and_is_waited_for() {
    let (_alone, runtime) = alone();
    let ends = Arc::default();
    let (leave, go) = oneshot::channel();
    runtime.block_on(async {
        let mut dropped = Box::pin(finish(waiting(go, &ends)));
        poll_once(&mut dropped);
        drop(dropped);
        assert_eq!(finish::stats().running, 1);
        let mut idle = Box::pin(finish::idle());
        poll_once(&mut idle);
        leave.send(()).expect("it goes on");
        idle.await;
        assert_eq!(*ends.lock().expect("nobody panics"), [1]);
        assert_eq!(finish::stats().running, 0);
        finish::idle().await;
    });
}

/// The runtime of its making, of its first poll, or of its drop.
#[test]
fn a_dropped_finish_finds_its_runtime() {
    let (_alone, runtime) = alone();
    for (made, polled, dropped) in
        [(true, false, false), (false, true, false), (false, false, true)]
    {
        let inside = |inside: bool| inside.then(|| runtime.enter());
        let ends = Arc::default();
        let (leave, go) = oneshot::channel();
        let future = {
            let _runtime = inside(made);
            finish(waiting(go, &ends))
        };
        let mut future = Box::pin(future);
        {
            let _runtime = inside(polled);
            poll_once(&mut future);
        }
        {
            let _runtime = inside(dropped);
            drop(future);
        }
        leave.send(()).expect("it goes on");
        runtime.block_on(finish::idle());
        assert_eq!(*ends.lock().expect("nobody panics"), [1]);
    }
}

#[test]
fn a_finish_without_a_runtime_is_refused() {
    let (_alone, _runtime) = alone();
    let before = refused();
    let (leave, go) = oneshot::channel();
    let mut dropped = Box::pin(finish(waiting(go, &Arc::default())));
    poll_once(&mut dropped);
    drop(dropped);
    assert_eq!(refused(), before + 1);
    assert!(leave.send(()).is_err(), "it is dropped");
}

#[test]
fn a_finish_that_is_dropped_after_its_runtime_is_refused() {
    let (_alone, runtime) = alone();
    let before = finish::stats();
    let (leave, go) = oneshot::channel();
    let ends = Arc::default();
    let mut dropped = {
        let _runtime = runtime.enter();
        Box::pin(finish(waiting(go, &ends)))
    };
    poll_once(&mut dropped);
    drop(runtime);
    drop(dropped);
    assert!(leave.send(()).is_err(), "it is dropped");
    let FinishStats { running, refused, panicked, .. } = finish::stats();
    assert_eq!((running, refused, panicked), (0, before.refused + 1, before.panicked));
}

/// A server that is shut down while some go on: they are dropped where they wait.
#[test]
fn a_finish_that_its_runtime_drops_leaves_a_doubt() {
    let (_alone, runtime) = alone();
    let before = finish::stats();
    group!(CutOff: u8);
    static DATABASE: Database = Database::new();
    #[invalidates(CutOff(1))]
    async fn write() {
        DATABASE.write(1).await;
    }
    runtime.block_on(async {
        poll_once(&mut Box::pin(finish(write())));
        // Polled by its task as well.
        tokio::task::yield_now().await;
    });
    drop(runtime);
    let FinishStats { running, panicked, .. } = finish::stats();
    assert_eq!((running, panicked), (0, before.panicked));
    assert_eq!(doubts("::CutOff"), 1);
}

#[test]
fn a_finish_that_was_never_polled_has_begun_nothing() {
    let (_alone, runtime) = alone();
    let before = finish::stats();
    let _runtime = runtime.enter();
    let (leave, go) = oneshot::channel();
    drop(finish(waiting(go, &Arc::default())));
    assert!(leave.send(()).is_err(), "it is dropped");
    assert_eq!(finish::stats(), before);
}

#[test]
fn futures_beyond_the_limit_are_refused() {
    let (_alone, runtime) = alone();
    let before = refused();
    finish::limit(2);
    let ends = Arc::default();
    let leave: Vec<_> = (0..3)
        .map(|_| {
            let _runtime = runtime.enter();
            let (leave, go) = oneshot::channel();
            poll_once(&mut Box::pin(finish(waiting(go, &ends))));
            leave
        })
        .collect();
    let FinishStats { running, refused, .. } = finish::stats();
    assert_eq!((running, refused), (2, before + 1));
    let left = leave.into_iter().filter_map(|leave| leave.send(()).ok()).count();
    assert_eq!(left, 2);
    runtime.block_on(finish::idle());
    finish::limit(1_000);
    assert_eq!(ends.lock().expect("nobody panics").len(), 2);
}

#[test]
fn a_panic_of_a_future_that_goes_on_alone_is_counted() {
    let (_alone, runtime) = alone();
    let before = finish::stats().panicked;
    let (leave, go) = oneshot::channel::<()>();
    runtime.block_on(async {
        poll_once(&mut Box::pin(finish(async {
            go.await.expect("the test lets it go on");
            panic!("on purpose");
        })));
        leave.send(()).expect("it goes on");
        finish::idle().await;
    });
    assert_eq!(finish::stats().panicked, before + 1);
}

#[test]
fn a_panic_of_an_awaited_finish_is_the_callers() {
    let (_alone, runtime) = alone();
    let before = finish::stats();
    let panics = || runtime.block_on(finish(async { panic!("on purpose") }));
    assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
    assert_eq!(finish::stats(), before, "nothing goes on");
}

/// The span of its making is current in each poll, alone as well.
#[test]
fn the_span_of_a_finish_goes_with_it() {
    let (_alone, runtime) = alone();
    tracing::subscriber::set_global_default(tracing_subscriber::registry())
        .expect("no other test sets one");
    let seen = Arc::<Mutex<Vec<_>>>::default();
    let (leave, go) = oneshot::channel::<()>();
    let span = tracing::info_span!("request");
    let dropped = {
        let _inside = span.enter();
        let seen = Arc::clone(&seen);
        let here = move || seen.lock().expect("nobody panics").push(tracing::Span::current().id());
        finish(async move {
            here();
            go.await.expect("the test lets it go on");
            here();
        })
    };
    runtime.block_on(async {
        poll_once(&mut Box::pin(dropped));
        leave.send(()).expect("it goes on");
        finish::idle().await;
    });
    assert!(span.id().is_some());
    assert_eq!(*seen.lock().expect("nobody panics"), [span.id(), span.id()]);
}

/// The ways to write that a visitor may leave in the middle of, each with `finish` around it: the database is
/// done, and then the groups end, for good and in no doubt.
#[test]
fn a_write_is_finished_and_invalidates_though_its_caller_leaves() {
    let (_alone, runtime) = alone();
    in_doubt();
    group!(Left: u8);
    static DATABASES: [Database; 5] = [const { Database::new() }; 5];
    fn database(id: u8) -> &'static Database {
        &DATABASES[usize::from(id)]
    }
    #[cache_against(Left(id))]
    fn read(id: u8) -> u64 {
        database(id).read()
    }
    #[invalidates(Left(id))]
    async fn write(id: u8) {
        database(id).write(1).await;
    }
    type Way = fn(u8) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;
    let ways: [Way; 5] = [
        |id| {
            Box::pin(async move {
                database(id).write(1).await;
                invalidate!(Left(id));
            })
        },
        |id| Box::pin(write(id)),
        |id| {
            Box::pin(async move {
                let held = Transaction::begin();
                held.enter(|| invalidate!(Left(id)));
                database(id).write(1).await;
                held.commit();
            })
        },
        |id| {
            Box::pin(async move {
                let held = Transaction::begin();
                held.run(async {
                    database(id).write(1).await;
                    invalidate!(Left(id));
                })
                .await;
                held.commit();
            })
        },
        |id| {
            Box::pin(async move {
                let request = Transaction::begin_scope();
                request.run(write(id)).await;
                request.commit();
            })
        },
    ];
    let _runtime = runtime.enter();
    for (id, way) in (0..).zip(ways) {
        assert_eq!(read(id), 0);
        poll_once(&mut Box::pin(finish(way(id))));
        assert_eq!(read(id), 0, "way {id}: the database is not done");
        database(id).finish();
        runtime.block_on(finish::idle());
        assert_eq!(read(id), 1, "way {id}");
    }
    assert_eq!(doubts("::Left"), 0, "all were done");
}
