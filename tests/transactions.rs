//! Promise 6, Committed: inside a transaction invalidates wait, and what is read there stays there.

mod common;

use common::Count;
use futures::channel::oneshot;
use futures::poll;
use gcache::{Invalidates, Transaction, cache_against, group, invalidate_tag, of};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Clone, Debug, Invalidates)]
struct Account {
    id: u64,
    #[group(index)]
    owner: u64,
}

thread_local! {
    /// What this thread's database connection sees, if it has changed something.
    static OWN: Cell<Option<u64>> = const { Cell::new(None) };
}

/// A row with transactions: what is committed, and what a connection sees of its own.
struct Row(AtomicU64);

impl Row {
    const fn new() -> Self {
        Self(AtomicU64::new(1))
    }

    fn read(&self) -> u64 {
        OWN.get().unwrap_or_else(|| self.0.load(Ordering::SeqCst))
    }

    fn commit(&self) {
        if let Some(own) = OWN.take() {
            self.0.store(own, Ordering::SeqCst);
        }
    }
}

/// What `call` returns on another thread.
fn outside<R: Send>(call: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| scope.spawn(call).join().expect("it returns"))
}

#[test]
fn nobody_outside_sees_anything_before_the_commit() {
    group!(Item: u64);
    static ROW: Row = Row::new();
    static OTHERS: Count = Count::new();

    #[cache_against(Item(pk))]
    fn item(pk: u64) -> u64 {
        ROW.read()
    }
    #[cache_against(Item(100 + pk))]
    fn through(pk: u64) -> u64 {
        item(pk)
    }
    #[cache_against(Item(pk))]
    fn other(pk: u64) -> usize {
        OTHERS.up()
    }

    assert_eq!((item(7), through(7), other(8)), (1, 1, 1));
    let transaction = Transaction::begin();
    transaction.enter(|| {
        assert_eq!(item(7), 1, "untouched so far: a hit");
        OWN.set(Some(2));
        let invalidated = invalidate_item(7);
        assert!(invalidated.is_deferred());
        assert_eq!(invalidated.count(), 0);
        assert_eq!((item(7), through(7)), (2, 2), "its own writes are seen");
        assert_eq!((other(8), other(8)), (1, 1), "others still hit");
        assert_eq!((other(9), other(9)), (2, 3), "but store nothing new");
    });
    assert_eq!(outside(|| (item(7), through(7))), (1, 1), "hits");
    assert_eq!(outside(|| (other(9), other(9))), (4, 4), "stored as ever");
    ROW.commit();
    let invalidated = transaction.commit();
    assert!(!invalidated.is_deferred());
    assert_eq!(invalidated.count(), 1);
    assert_eq!((item(7), through(7)), (2, 2));
    assert_eq!(outside(|| (item(7), through(7))), (2, 2));
    assert_eq!(other(8), 1);
}

#[test]
fn a_rollback_forgets_its_invalidations() {
    group!(Item: u64);
    static ROW: Row = Row::new();
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk))]
    fn item(pk: u64) -> u64 {
        RUNS.up();
        ROW.read()
    }

    assert_eq!(item(7), 1);
    let transaction = Transaction::begin();
    transaction.enter(|| {
        OWN.set(Some(2));
        invalidate_item(7);
        assert_eq!(item(7), 2);
    });
    OWN.set(None);
    transaction.rollback();
    assert_eq!(RUNS.get(), 2);
    assert_eq!(item(7), 1, "what was read in the transaction is nowhere");
    assert_eq!(RUNS.get(), 2, "a hit");
}

#[test]
fn a_transaction_that_is_dropped_undecided_invalidates() {
    group!(Item: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk))]
    fn item(pk: u64) -> usize {
        RUNS.up()
    }
    fn fails() -> Result<(), &'static str> {
        let transaction = Transaction::begin();
        transaction.enter(|| invalidate_item(7));
        Err("in the middle")?;
        transaction.commit();
        Ok(())
    }

    assert_eq!(item(7), 1);
    assert!(fails().is_err());
    assert_eq!(item(7), 2);
    let panics = || {
        let transaction = Transaction::begin();
        transaction.enter(|| {
            invalidate_item(7);
            panic!("in the middle");
        });
    };
    assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
    assert_eq!(item(7), 3);
    assert!(!invalidate_item(7).is_deferred(), "the panic has left the transaction");
    assert_eq!(item(7), 4);
    pollster::block_on(async {
        let transaction = Transaction::begin();
        let work = async {
            invalidate_item(7);
            futures::pending!();
        };
        let mut dropped = Box::pin(async move { transaction.run(work).await });
        assert!(poll!(&mut dropped).is_pending());
        assert_eq!(item(7), 4);
        drop(dropped);
        assert_eq!(item(7), 5);
    });
}

#[test]
fn a_commit_invalidates_each_group_once() {
    static RUNS: Count = Count::new();

    #[cache_against(Account(pk))]
    fn account(pk: u64) -> usize {
        RUNS.up()
    }
    #[cache_against(Account(owner = owner))]
    fn of_owner(owner: u64) -> usize {
        RUNS.up()
    }
    #[cache_against("transactions: report")]
    fn report() -> usize {
        RUNS.up()
    }

    let look = || [account(1), account(2), of_owner(1), of_owner(2), of_owner(3), report()];
    let before = look();
    let transaction = Transaction::begin();
    transaction.enter(|| {
        let mut moved = Account { id: 1, owner: 1 };
        for owner in [2, 1, 2, 1, 2] {
            moved.edit().owner = owner;
            invalidate_tag("transactions: report");
        }
    });
    assert_eq!(look(), before);
    assert_eq!(transaction.commit().count(), 4, "a key, two values and a tag");
    let after = look();
    assert_eq!(
        std::array::from_fn(|at| before[at] != after[at]),
        [true, false, true, true, false, true]
    );
}

#[test]
fn nested_transactions_commit_with_the_outermost() {
    group!(Item: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk))]
    fn item(pk: u64) -> usize {
        RUNS.up()
    }
    /// Invalidations 1 outside, 2 in one that commits, 3 in one that is dropped, 4 in one that rolls back.
    fn nested() -> Transaction {
        let outer = Transaction::begin();
        outer.enter(|| {
            invalidate_item(1);
            let commits = Transaction::begin();
            commits.enter(|| invalidate_item(2));
            assert_eq!(commits.commit().count(), 0, "the outer one has it now");
            let dropped = Transaction::begin();
            dropped.enter(|| invalidate_item(3));
            drop(dropped);
            let rolls_back = Transaction::begin();
            rolls_back.enter(|| {
                invalidate_item(4);
                let (one, again) = (item(4), item(4));
                assert_ne!(one, again, "touched: computed each time");
                assert_ne!(item(1), item(1), "what the outer one has touched, too");
            });
            rolls_back.rollback();
            assert_eq!(item(4), item(4), "the inner one's is forgotten: a hit");
            assert_ne!(item(2), item(2));
        });
        outer
    }

    let look = || [1, 2, 3, 4].map(item);
    let before = look();
    let outer = nested();
    assert_eq!(look(), before);
    assert_eq!(outer.commit().count(), 3);
    let after = look();
    assert_eq!(std::array::from_fn(|at| before[at] != after[at]), [true, true, true, false]);

    let outer = nested();
    outer.rollback();
    assert_eq!(look(), after, "all of it is forgotten");
}

#[test]
fn an_inner_transaction_that_outlives_the_outer_one_invalidates_by_itself() {
    group!(Item: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk))]
    fn item(pk: u64) -> usize {
        RUNS.up()
    }

    assert_eq!(item(1), 1);
    let outer = Transaction::begin();
    let inner = outer.enter(Transaction::begin);
    inner.enter(|| invalidate_item(1));
    outer.commit();
    assert_eq!(item(1), 1);
    assert_eq!(inner.commit().count(), 1);
    assert_eq!(item(1), 2);
}

#[test]
fn transactions_of_different_tasks_do_not_mix() {
    group!(Item: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk))]
    async fn item(pk: u64) -> usize {
        futures::future::ready(()).await;
        RUNS.up()
    }

    pollster::block_on(async {
        assert_eq!((item(1).await, item(2).await), (1, 2));
        let (one, two) = (Transaction::begin(), Transaction::begin());
        let (leave_one, go_one) = oneshot::channel();
        let (leave_two, go_two) = oneshot::channel();
        let mut first = Box::pin(one.run(async {
            assert!(invalidate_item(1).is_deferred());
            go_one.await.expect("the test lets it go on");
            (item(1).await, item(2).await)
        }));
        let mut second = Box::pin(two.run(async {
            assert!(invalidate_item(2).is_deferred());
            go_two.await.expect("the test lets it go on");
            (item(1).await, item(2).await)
        }));
        assert!(poll!(&mut first).is_pending());
        assert!(poll!(&mut second).is_pending());
        assert_eq!((item(1).await, item(2).await), (1, 2), "outside nothing has happened");
        leave_two.send(()).expect("it waits");
        assert_eq!(second.await, (1, 3), "a hit, and its own");
        leave_one.send(()).expect("it waits");
        assert_eq!(first.await, (4, 2), "its own, and a hit");
        assert_eq!((item(1).await, item(2).await), (1, 2));
        one.commit();
        assert_eq!((item(1).await, item(2).await), (5, 2));
        two.rollback();
        assert_eq!((item(1).await, item(2).await), (5, 2));
    });
}

/// What a body reads in a transaction may never be committed.
#[test]
fn a_body_that_enters_a_transaction_is_not_stored() {
    group!(Item: u64);
    static ROW: Row = Row::new();
    static RUNS: Count = Count::new();

    #[cache_against(Item(100))]
    fn item() -> u64 {
        ROW.read()
    }
    #[cache_against(Item(200))]
    fn body() -> u64 {
        RUNS.up();
        let transaction = Transaction::begin();
        let read = transaction.enter(|| {
            OWN.set(Some(9));
            invalidate_item(100);
            item()
        });
        OWN.set(None);
        transaction.rollback();
        read
    }

    assert_eq!((body(), body()), (9, 9));
    assert_eq!(RUNS.get(), 2);
    assert_eq!(item(), 1);
    assert_eq!(of(body).len(), 0);
}

/// A statement that the database has committed by itself, whatever becomes of the transaction around it.
#[test]
fn invalidations_outside_of_a_transaction_happen_at_once() {
    group!(Item: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk))]
    fn item(pk: u64) -> usize {
        RUNS.up()
    }

    assert_eq!(item(1), 1);
    let transaction = Transaction::begin();
    transaction.enter(|| {
        assert!(Transaction::is_entered());
        let invalidated = Transaction::outside(|| {
            assert!(!Transaction::is_entered());
            invalidate_item(1)
        });
        assert_eq!((invalidated.count(), invalidated.is_deferred()), (1, false));
        assert!(Transaction::is_entered(), "back inside");
        assert_eq!((item(1), item(1)), (2, 3), "inside nothing new is stored");
        let apart = Transaction::outside(Transaction::begin);
        apart.enter(|| assert!(invalidate_item(1).is_deferred()));
        assert_eq!(item(1), 4, "what another one holds back is no matter here");
        assert_eq!(apart.commit().count(), 0);
    });
    assert!(!Transaction::is_entered());
    assert_eq!(outside(|| (item(1), item(1))), (5, 5));
    let apart = transaction.enter(|| Transaction::outside(Transaction::begin));
    apart.enter(|| invalidate_item(1));
    assert_eq!(apart.commit().count(), 1, "it began inside of none, so it hands nothing on");
    transaction.rollback();
    assert_eq!(item(1), 6);
}

#[test]
fn groups_that_an_inner_transaction_touches_are_touched_for_the_outer_one() {
    group!(A13: u64);
    static ROW: AtomicU64 = AtomicU64::new(1);
    #[cache_against(A13(pk))]
    fn item(pk: u64) -> u64 {
        ROW.load(Ordering::SeqCst)
    }
    item(1);
    let outer = Transaction::begin();
    outer.enter(|| {
        let inner = Transaction::begin();
        inner.enter(|| {
            ROW.store(2, Ordering::SeqCst);
            invalidate_a13(1);
        });
        assert_eq!(item(1), 2, "a stale hit in the outer transaction");
        inner.commit();
    });
    outer.commit();
}
