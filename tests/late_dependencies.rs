//! Promise 5, Through: dependencies that are learned after the body began, by `depends_on!` and `results`.

mod common;

use common::{Count, changes, ignore, stop};
use futures::channel::oneshot;
use futures::poll;
use gcache::{DependsOn, Invalidates, Tag, cache_against, depends_on, group, invalidate_tag, of};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

#[test]
fn depends_on_adds_groups_that_the_body_finds() {
    group!(Item: u64);
    group!(Found: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk))]
    fn item(pk: u64) -> usize {
        let found = pk * 10;
        assert_eq!(depends_on!(Found(found), "late: found"), DependsOn::Noted);
        assert_eq!(depends_on!(Tag(format!("late: {found}"))), DependsOn::Noted);
        RUNS.up()
    }

    assert_eq!(depends_on!(Found(1)), DependsOn::NoBody);
    assert!(changes(|| item(1), || ignore(invalidate_found(10))));
    assert!(changes(|| item(1), || ignore(invalidate_tag("late: found"))));
    assert!(changes(|| item(1), || ignore(invalidate_tag("late: 10"))));
    assert!(!changes(|| item(1), || ignore(invalidate_found(20))));
}

/// The body reads, the row changes and is invalidated, and only then the body says that it depends on it.
#[test]
fn a_value_whose_dependency_is_learned_too_late_is_not_stored() {
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
fn a_waiter_of_a_flight_that_turns_out_too_old_tries_again() {
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

    // What the leader and those who joined before and after the invalidation get.
    let race = |pk| {
        pollster::block_on(async {
            let (leave, go) = oneshot::channel();
            let mut leader = pin!(item(Some(go), pk));
            let mut before = pin!(item(None, pk));
            assert!(poll!(&mut leader).is_pending());
            assert!(poll!(&mut before).is_pending());
            invalidate_found(pk);
            let mut after = pin!(item(None, pk));
            assert!(poll!(&mut after).is_pending(), "nothing tells it yet");
            leave.send(()).expect("the leader waits");
            let values = (leader.await, before.await, after.await);
            assert_eq!(item(None, pk).await, values.2, "it is stored");
            assert!(values.2 > values.0, "it called after the invalidation");
            values
        })
    };
    // An invalidation of another test, of whatever group, makes the one before it too late as well.
    let joins = |pk| {
        let (leader, before, _) = race(pk);
        leader == before
    };
    assert!((0..1_000).any(joins), "it called before the invalidation");
}

/// A dependency that was noted and invalidated while the flight goes on: who comes later does not join.
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
        assert_eq!(poll!(pin!(item(None, 7))), Poll::Ready(2));
        leave.send(()).expect("the leader waits");
        assert_eq!(leader.await, 1);
        assert_eq!(item(None, 7).await, 2);
    });
}

#[test]
fn a_late_caller_does_not_wait_for_a_flight_that_is_known_to_be_too_old() {
    group!(Base);
    group!(Late: u64);
    static RUNS: Count = Count::new();
    #[cache_against(Base, skip(gate))]
    async fn item(gate: oneshot::Receiver<()>, pk: u64) -> usize {
        let run = RUNS.up();
        if run == 1 {
            invalidate_late(7); // a write that happens beside it
            depends_on!(Late(7)); // learned too late: doomed
        }
        let _ = gate.await;
        run
    }
    pollster::block_on(async {
        let (_open, gate) = oneshot::channel();
        let mut first = pin!(item(gate, 1));
        assert!(poll!(&mut first).is_pending());
        let (open2, gate2) = oneshot::channel();
        let mut second = pin!(item(gate2, 1));
        open2.send(()).unwrap();
        assert_eq!(poll!(&mut second), Poll::Ready(2), "waits for a doomed flight");
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

    #[cache_against("late: shelf", results)]
    fn shelf() -> Vec<Book> {
        RUNS.up();
        books(0..1000)
    }
    #[cache_against("late: shelf", results)]
    fn first() -> Result<Option<Arc<Book>>, std::fmt::Error> {
        RUNS.up();
        Ok(books(0..1).pop().map(Arc::new))
    }
    #[cache_against("late: shelf", results)]
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
    assert_eq!(runs(&|| ignore(invalidate_tag("late: shelf"))), 3);
    for _ in 0..50 {
        assert_eq!(runs(&|| ignore(invalidate_tag("late: another"))), 0, "invalidations beside it");
        assert_eq!(runs(&|| ignore(invalidate_book(2000))), 0, "invalidations beside it");
    }
}
