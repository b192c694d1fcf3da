//! Promise 5, Through: a cached function that calls another depends on all that the other depends on,
//! on hits as on misses, across awaits, and never on what ran beside it in another task.

mod common;

use common::{Count, ignore, stop};
use futures::channel::oneshot;
use futures::executor::ThreadPool;
use futures::future::{Either, join, select};
use futures::task::SpawnExt as _;
use futures::{FutureExt as _, poll};
use gcache::{DependsOn, Invalidates, Tag, cache_against, depends_on, group, invalidate_tag, of};
use std::pin::pin;
use std::sync::Arc;

/// What `call` returns before and after `change`, twice each: hits in between.
fn changes(call: impl Fn() -> usize, change: impl FnOnce()) -> bool {
    let before = call();
    assert_eq!(call(), before, "a hit");
    change();
    let after = call();
    assert_eq!(call(), after, "a hit");
    before != after
}

#[test]
fn sync_in_sync_on_misses_and_on_hits() {
    group!(Inner: u64);
    group!(Outer: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Inner(pk))]
    fn inner(pk: u64) -> usize {
        RUNS.up()
    }
    #[cache_against(Outer(pk))]
    fn middle(pk: u64) -> usize {
        inner(pk);
        RUNS.up()
    }
    #[cache_against(Outer(0))]
    fn outer(pk: u64) -> usize {
        middle(pk);
        RUNS.up()
    }

    // All of them are misses.
    assert!(changes(|| outer(1), || ignore(invalidate_inner(1))));
    // The inner ones are hits when the outer one computes.
    inner(2);
    middle(2);
    assert!(changes(|| outer(2), || ignore(invalidate_inner(2))));
    assert!(changes(|| outer(2), || ignore(invalidate_outer(2))));
    assert!(!changes(|| outer(2), || ignore(invalidate_inner(1))));
    assert!(changes(|| outer(2), || ignore(invalidate_outer(0))));
    assert!(!changes(|| inner(2), || ignore(invalidate_outer(2))), "never the other way round");
}

#[test]
fn async_in_async_and_sync_in_async() {
    group!(Inner: u64);
    group!(Outer);
    static RUNS: Count = Count::new();

    #[cache_against(Inner(pk))]
    fn sync_inner(pk: u64) -> usize {
        RUNS.up()
    }
    #[cache_against(Inner(pk))]
    async fn async_inner(pk: u64) -> usize {
        yields().await;
        RUNS.up()
    }
    #[cache_against(Outer)]
    async fn outer() -> usize {
        yields().await;
        async_inner(1).await;
        yields().await;
        sync_inner(2);
        yields().await;
        join(async_inner(3), async { sync_inner(4) }).await;
        match select(pin!(async_inner(5)), pin!(async_inner(6))).await {
            Either::Left((first, _)) | Either::Right((first, _)) => first,
        };
        RUNS.up()
    }

    let call = || pollster::block_on(outer());
    for pk in 1..=6 {
        assert!(changes(call, || ignore(invalidate_inner(pk))), "inner {pk}");
    }
    assert!(!changes(call, || ignore(invalidate_inner(7))));
    // The same with the outer one moving between the threads of an executor.
    let pool = ThreadPool::builder().pool_size(3).create().expect("threads can be started");
    let call = || {
        let task = pool.spawn_with_handle(outer()).expect("the pool takes tasks");
        pollster::block_on(task)
    };
    for pk in 1..=6 {
        assert!(changes(call, || ignore(invalidate_inner(pk))), "inner {pk}");
    }
}

/// Comes back to the executor once.
async fn yields() {
    let mut first = true;
    std::future::poll_fn(|task| {
        if std::mem::take(&mut first) {
            task.waker().wake_by_ref();
            return std::task::Poll::Pending;
        }
        std::task::Poll::Ready(())
    })
    .await;
}

#[test]
fn what_runs_beside_it_is_no_dependency() {
    group!(Item: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk), skip(go))]
    async fn item(go: Option<oneshot::Receiver<()>>, pk: u64) -> usize {
        if let Some(go) = go {
            go.await.expect("the test lets it go on");
        }
        RUNS.up()
    }
    #[cache_against(Item(0))]
    async fn spawns() -> usize {
        let other = std::thread::spawn(|| pollster::block_on(item(None, 9)));
        other.join().expect("it returns");
        RUNS.up()
    }

    // Two tasks take turns on one thread; each body sees only its own calls.
    pollster::block_on(async {
        let (leave, go) = oneshot::channel();
        let mut first = pin!(item(Some(go), 1));
        assert!(poll!(&mut first).is_pending());
        assert_eq!(poll!(pin!(item(None, 2))), std::task::Poll::Ready(1));
        leave.send(()).expect("the first one waits");
        assert_eq!(first.await, 2);
    });
    assert!(!changes(|| pollster::block_on(item(None, 1)), || ignore(invalidate_item(2))));
    assert!(!changes(|| pollster::block_on(spawns()), || ignore(invalidate_item(9))));
}

#[test]
fn a_joined_flight_is_a_dependency() {
    group!(Inner: u64);
    group!(Outer: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Inner(pk), skip(go))]
    async fn inner(go: Option<oneshot::Receiver<()>>, pk: u64) -> usize {
        if let Some(go) = go {
            go.await.expect("the test lets it go on");
        }
        RUNS.up()
    }
    #[cache_against(Outer(pk))]
    async fn outer(pk: u64) -> usize {
        inner(None, pk).await
    }

    pollster::block_on(async {
        let (leave, go) = oneshot::channel();
        let mut leader = pin!(inner(Some(go), 7));
        assert!(poll!(&mut leader).is_pending());
        let mut joins = pin!(outer(7));
        assert!(poll!(&mut joins).is_pending());
        leave.send(()).expect("the leader waits");
        assert_eq!((leader.await, joins.await), (1, 1));
    });
    assert_eq!(of(inner).stats().joined, 1);
    assert!(changes(|| pollster::block_on(outer(7)), || ignore(invalidate_inner(7))));
}

#[test]
fn a_failed_or_panicked_or_dropped_call_is_a_dependency() {
    group!(Inner: u64);
    group!(Outer: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Inner(1))]
    fn fails() -> Result<usize, &'static str> {
        Err("always")
    }
    #[cache_against(Inner(2))]
    fn panics() -> usize {
        panic!("always")
    }
    #[cache_against(Inner(3), bypass = true)]
    fn bypassed() -> usize {
        RUNS.up()
    }
    #[cache_against(Inner(4))]
    async fn hangs() -> usize {
        std::future::pending().await
    }
    #[cache_against(Outer(1))]
    fn outer() -> usize {
        let _ = fails();
        let _ = std::panic::catch_unwind(panics);
        bypassed();
        let _ = hangs().now_or_never();
        gcache::bypass(|| innermost(5));
        RUNS.up()
    }
    #[cache_against(Inner(pk))]
    fn innermost(pk: u64) -> usize {
        RUNS.up()
    }

    for pk in 1..=5 {
        assert!(changes(outer, || ignore(invalidate_inner(pk))), "inner {pk}");
    }
    assert!(!changes(outer, || ignore(invalidate_inner(6))));
}

#[test]
fn clearing_the_inner_function_ends_the_outer_one() {
    group!(Any);
    static RUNS: Count = Count::new();

    #[cache_against(Any)]
    fn inner() -> usize {
        RUNS.up()
    }
    #[cache_against(Any)]
    fn outer() -> usize {
        inner()
    }

    assert!(changes(outer, || of(inner).clear()));
}

#[test]
fn depends_on_notes_what_is_found_on_the_way() {
    group!(Item: u64);
    group!(Found: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk))]
    fn item(pk: u64) -> usize {
        let found = pk * 10;
        assert_eq!(depends_on!(Found(found), "through: found"), DependsOn::Noted);
        assert_eq!(depends_on!(Tag(format!("through: {found}"))), DependsOn::Noted);
        RUNS.up()
    }

    assert_eq!(depends_on!(Found(1)), DependsOn::NoBody);
    assert!(changes(|| item(1), || ignore(invalidate_found(10))));
    assert!(changes(|| item(1), || ignore(invalidate_tag("through: found"))));
    assert!(changes(|| item(1), || ignore(invalidate_tag("through: 10"))));
    assert!(!changes(|| item(1), || ignore(invalidate_found(20))));
}

/// The body reads, the row changes and is bumped, and only then the body says that it depends on it.
#[test]
fn a_dependency_learned_too_late_is_not_stored() {
    group!(Item: u64);
    group!(Found: u64);
    static RUNS: Count = Count::new();
    let (stop, control) = stop();

    #[cache_against(Item(pk), skip(stop))]
    fn item(stop: Option<&common::Stop>, pk: u64) -> usize {
        let run = RUNS.up();
        if let Some(stop) = stop {
            stop.here();
        }
        depends_on!(Found(pk));
        run
    }
    #[cache_against(Item(pk), skip(stop))]
    fn outer(stop: Option<&common::Stop>, pk: u64) -> usize {
        item(stop, pk)
    }

    std::thread::scope(|scope| {
        let early = scope.spawn(|| outer(Some(&stop), 7));
        control.arrived();
        invalidate_found(7);
        control.leave();
        assert_eq!(early.join().expect("it returns"), 1);
    });
    assert_eq!(of(item).stats().unstored, 1);
    assert_eq!(outer(None, 7), 2, "neither was stored");
    assert_eq!((outer(None, 7), item(None, 7)), (2, 2));
}

/// A late caller who joins before the dependency is learned may not have the value either.
#[test]
fn a_late_caller_who_joined_a_flight_that_turns_out_too_old_tries_again() {
    group!(Item: u64);
    group!(Found: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk), skip(go))]
    async fn item(go: Option<oneshot::Receiver<()>>, pk: u64) -> usize {
        let run = RUNS.up();
        if let Some(go) = go {
            go.await.expect("the test lets it go on");
        }
        depends_on!(Found(pk));
        run
    }

    pollster::block_on(async {
        let (leave, go) = oneshot::channel();
        let mut leader = pin!(item(Some(go), 7));
        let mut before = pin!(item(None, 7));
        assert!(poll!(&mut leader).is_pending());
        assert!(poll!(&mut before).is_pending());
        invalidate_found(7);
        let mut after = pin!(item(None, 7));
        assert!(poll!(&mut after).is_pending(), "nothing tells it yet");
        leave.send(()).expect("the leader waits");
        assert_eq!(leader.await, 1);
        assert_eq!(before.await, 1, "it called before the bump");
        assert_eq!(after.await, 2, "it called after the bump");
        assert_eq!(item(None, 7).await, 2);
    });
}

/// A dependency that was noted and bumped while the flight goes on: who comes later does not join.
#[test]
fn a_late_caller_does_not_join_a_flight_whose_found_dependency_has_ended() {
    group!(Item: u64);
    group!(Found: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk), skip(go))]
    async fn item(go: Option<oneshot::Receiver<()>>, pk: u64) -> usize {
        depends_on!(Found(pk));
        let run = RUNS.up();
        if let Some(go) = go {
            go.await.expect("the test lets it go on");
        }
        run
    }

    pollster::block_on(async {
        let (leave, go) = oneshot::channel();
        let mut leader = pin!(item(Some(go), 7));
        assert!(poll!(&mut leader).is_pending());
        invalidate_found(7);
        assert_eq!(poll!(pin!(item(None, 7))), std::task::Poll::Ready(2));
        leave.send(()).expect("the leader waits");
        assert_eq!(leader.await, 1);
        assert_eq!(item(None, 7).await, 2);
    });
}

#[test]
fn results_depend_on_their_rows() {
    #[derive(Clone, Debug, Invalidates)]
    struct Book {
        id: u64,
        #[group(index)]
        author: u64,
    }
    static RUNS: Count = Count::new();
    fn books(ids: std::ops::Range<u64>) -> Vec<Book> {
        ids.map(|id| Book { id, author: 1 }).collect()
    }

    #[cache_against("through: shelf", results)]
    fn shelf() -> Vec<Book> {
        RUNS.up();
        books(0..1000)
    }
    #[cache_against("through: shelf", results)]
    fn first() -> Result<Option<Arc<Book>>, std::fmt::Error> {
        RUNS.up();
        Ok(books(0..1).pop().map(Arc::new))
    }
    #[cache_against("through: shelf", results)]
    fn none() -> Option<Book> {
        RUNS.up();
        None
    }

    let runs = |change: &dyn Fn()| {
        let look = || (shelf().len(), first().is_ok(), none().is_none());
        look();
        look();
        change();
        let before = RUNS.get();
        look();
        look();
        RUNS.get() - before
    };
    assert_eq!(runs(&|| ignore(Book { id: 999, author: 1 }.invalidate())), 1);
    assert_eq!(runs(&|| ignore(invalidate_book(0))), 2);
    assert_eq!(runs(&|| ignore(invalidate_book(1000))), 0, "no row of it");
    assert_eq!(runs(&|| ignore(Book::invalidate_all())), 2);
    assert_eq!(runs(&|| ignore(invalidate_tag("through: shelf"))), 3);
    for _ in 0..50 {
        assert_eq!(runs(&|| ignore(invalidate_tag("through: another"))), 0, "bumps beside it");
        assert_eq!(runs(&|| ignore(invalidate_book(2000))), 0, "bumps beside it");
    }
}
