//! A transaction whose future is dropped in the middle, by itself or with a request: its groups are in doubt.

mod common;

use common::doubt::{doubts, is_fresh_at_last, leave, world};
use common::{Count, poll_once};
use gcache::{Invalidates, Transaction, cache_against, group, invalidate, invalidates};

#[test]
fn a_transaction_that_is_dropped_with_its_run_leaves_a_doubt() {
    world!();
    let write = async {
        let held = Transaction::begin();
        let work = async {
            invalidate!(Film(1));
            DATABASE.write(1).await;
        };
        held.run(work).await;
        held.commit();
    };
    leave(&DATABASE, write, all);
}

/// Its guard invalidates as it is dropped, which is a part of the transaction as well.
#[test]
fn a_transaction_defers_the_doubt_of_a_function_inside() {
    world!("a_transaction_around_a_function_that_invalidates");
    #[invalidates(Film(1))]
    async fn change() {
        DATABASE.write(1).await;
    }
    let held = Transaction::begin();
    let mut write = Box::pin(held.run(change()));
    assert_eq!(all(), 0);
    poll_once(&mut write);
    drop(write);
    assert_eq!(doubts("a_transaction_around_a_function_that_invalidates"), 0, "it is held");
    held.commit();
    assert_eq!(all(), 0, "the database is not done");
    DATABASE.finish();
    is_fresh_at_last(|| all() == 1);
}

#[test]
fn a_dropped_commit_leaves_a_doubt() {
    world!();
    let write = async {
        let held = Transaction::begin();
        held.enter(|| invalidate!(Film(1)));
        let commit = async {
            DATABASE.write(1).await;
            Ok::<_, ()>(())
        };
        held.commit_after(commit).await
    };
    leave(&DATABASE, write, all);
}

#[test]
fn a_commit_that_is_dropped_with_its_request_leaves_a_doubt() {
    world!();
    let write = async {
        let request = Transaction::begin_scope();
        let handler = async {
            let held = Transaction::begin();
            held.enter(|| invalidate!(Film(1)));
            // By hand, so only the request knows that it is dropped.
            DATABASE.write(1).await;
            held.commit();
        };
        request.run(handler).await;
        request.commit();
    };
    leave(&DATABASE, write, all);
}

#[test]
fn an_inner_transaction_hands_its_doubt_to_the_outer_one() {
    world!();
    let outer = Transaction::begin();
    let inner = outer.enter(Transaction::begin);
    let work = async {
        invalidate!(Film(1));
        DATABASE.write(1).await;
    };
    assert_eq!(all(), 0);
    poll_once(&mut Box::pin(inner.run(work)));
    inner.commit();
    assert_eq!(all(), 0, "a hit");
    outer.commit();
    assert_eq!(all(), 0, "the database is not done");
    DATABASE.finish();
    is_fresh_at_last(|| all() == 1);
}

#[test]
fn a_transaction_may_be_put_in_doubt_by_hand() {
    world!();
    let held = Transaction::begin();
    assert_eq!(all(), 0);
    held.enter(|| invalidate!(Film(1)));
    let mut sent = Box::pin(DATABASE.write(1));
    poll_once(&mut sent);
    assert_eq!(held.doubt().count(), 3, "the member, the values of the index, and the model");
    assert_eq!(all(), 0, "the database is not done");
    DATABASE.finish();
    is_fresh_at_last(|| all() == 1);
}

#[test]
fn a_rollback_forgets_the_doubt_of_a_dropped_future() {
    group!(RolledBack: u64);
    static RUNS: Count = Count::new();
    #[cache_against(RolledBack(1))]
    fn item() -> usize {
        RUNS.up()
    }
    assert_eq!(item(), 1);
    let held = Transaction::begin();
    let work = async {
        invalidate!(RolledBack(1));
        futures::pending!();
    };
    poll_once(&mut Box::pin(held.run(work)));
    held.rollback();
    assert_eq!(item(), 1);
    assert_eq!(doubts("::RolledBack"), 0);
}
