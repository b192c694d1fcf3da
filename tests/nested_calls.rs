//! Promise 5, Through: a cached function that calls another depends on all that the other depends on,
//! on hits as on misses, across awaits, and never on what ran beside it in another task.

mod common;

use common::{Count, changes, ignore, yields};
use futures::channel::oneshot;
use futures::executor::ThreadPool;
use futures::future::{Either, join, select};
use futures::task::SpawnExt as _;
use futures::{FutureExt as _, poll};
use gcache::{Transaction, cache_against, group, of};
use std::pin::pin;

#[test]
fn a_sync_function_depends_on_its_calls_on_misses_and_on_hits() {
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
fn an_async_function_depends_on_its_async_and_its_sync_calls() {
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

#[test]
fn a_task_beside_a_body_is_no_dependency_of_it() {
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
fn clearing_the_inner_function_invalidates_the_outer_one() {
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

    assert!(changes(outer, || of(inner).clear().expect("it was called")));
}

/// Levels of a chain of calls. With copies of all dependencies at each level this took minutes, and gigabytes.
const DEEP: u64 = 20_000;

/// Runs `test` where calls may be nested deeply.
fn on_a_large_stack(test: fn()) {
    let thread = std::thread::Builder::new().stack_size(2 << 30);
    thread.spawn(test).expect("a thread can be started").join().expect("the test passes");
}

#[test]
fn a_chain_of_calls_may_be_deep() {
    group!(Level: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Level(pk), capacity = 100_000)]
    fn level(pk: u64) -> u64 {
        RUNS.up();
        if pk == 0 { 0 } else { level(pk - 1) + 1 }
    }

    on_a_large_stack(|| {
        assert_eq!(level(DEEP), DEEP);
        assert_eq!(RUNS.get() as u64, DEEP + 1);
        invalidate_level(DEEP + 1);
        assert_eq!(level(DEEP), DEEP);
        invalidate_level(DEEP / 2);
        assert_eq!(level(DEEP), DEEP);
        assert_eq!(RUNS.get() as u64, DEEP + 1 + DEEP / 2 + 1, "those above, and no others");
    });
    // From below no call is nested deeply, so neither is a look or a drop.
    of(level).clear().expect("it was called");
    for bottom in [0, DEEP / 2] {
        (0..=DEEP).for_each(|pk| assert_eq!(level(pk), pk));
        let runs = RUNS.get();
        invalidate_level(bottom);
        (0..=DEEP).for_each(|pk| assert_eq!(level(pk), pk));
        assert_eq!((RUNS.get() - runs) as u64, DEEP + 1 - bottom);
    }
    of(level).clear().expect("it was called");
}

#[test]
fn a_chain_of_async_calls_may_be_deep() {
    group!(Level: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Level(pk), capacity = 100_000)]
    async fn level(pk: u64) -> u64 {
        RUNS.up();
        if pk > 0 {
            return below(pk).await + 1;
        }
        yields().await;
        0
    }
    fn below(pk: u64) -> futures::future::BoxFuture<'static, u64> {
        level(pk - 1).boxed()
    }

    on_a_large_stack(|| {
        let call = || pollster::block_on(level(DEEP));
        assert_eq!(call(), DEEP);
        invalidate_level(0);
        assert_eq!((call(), RUNS.get() as u64), (DEEP, 2 * (DEEP + 1)));
    });
}

#[test]
fn what_two_calls_have_in_common_is_used_once() {
    group!(Level: u64);
    static RUNS: Count = Count::new();

    // There are 2^60 ways down.
    #[cache_against(Level(pk))]
    fn level(side: bool, pk: u64) -> u64 {
        RUNS.up();
        if pk == 0 { 1 } else { level(false, pk - 1).wrapping_add(level(true, pk - 1)) }
    }

    let call = || level(true, 60);
    assert_eq!(call(), 1 << 60);
    assert_eq!(RUNS.get(), 121);
    invalidate_level(61);
    assert_eq!((call(), RUNS.get()), (1 << 60, 121));
    invalidate_level(0);
    assert_eq!((call(), RUNS.get()), (1 << 60, 242));
}

#[test]
fn pages_of_the_same_parts_end_with_them() {
    group!(Part: u64);
    group!(Page: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Part(pk))]
    fn part(pk: u64) -> u64 {
        RUNS.up();
        pk
    }
    #[cache_against(Page(pk))]
    fn page(pk: u64, parts: std::ops::Range<u64>) -> u64 {
        RUNS.up();
        // Each of them is used twice.
        parts.clone().chain(parts).map(part).sum()
    }

    let call = || {
        let runs = RUNS.get();
        page(1, 0..50);
        page(2, 25..75);
        RUNS.get() - runs
    };
    assert_eq!((call(), call()), (77, 0));
    // One look after the other, each after the invalidation of something else.
    for other in 100..104 {
        invalidate_part(other);
        invalidate_page(other);
        assert_eq!((call(), call()), (0, 0));
    }
    invalidate_part(10);
    assert_eq!((call(), call()), (2, 0), "the part, and its page");
    invalidate_part(30);
    assert_eq!((call(), call()), (3, 0), "the part, and both pages");
    invalidate_page(2);
    assert_eq!((call(), call()), (1, 0), "the page alone");
    of(part).clear().expect("it was called");
    assert_eq!((call(), call()), (77, 0));
    // A transaction reads nothing that is made of what it has changed.
    let transaction = Transaction::begin();
    transaction.enter(|| {
        assert_eq!(call(), 0);
        invalidate_part(10);
        assert_eq!(call(), 3, "the part, which is asked for twice, and its page");
    });
    transaction.rollback();
    assert_eq!(call(), 0);
}
