//! Promise 6: transactions.

use super::super::explore::{Search, explore};
use super::super::world::{Row, invalidation, page, row, together, view, view_by, with};
use crate::Transaction;
use crate::sync::Arc;
use std::sync::atomic::{AtomicU64 as Noted, Ordering};

/// What the transaction writes, and nobody else may see before it is committed.
const PENDING: u64 = 1;

/// Inside of a transaction: writes, and sees what it has written.
fn change() {
    invalidation();
    assert_eq!(view_by(&|| PENDING), PENDING, "a transaction does not see its own change");
}

/// Outside: sees nothing of it before it is committed.
fn check_outside(row: &Row, call: impl FnOnce(&Row) -> u64) {
    let value = row.check(call);
    let committed = row.invalidating.load(Ordering::Relaxed);
    assert!(value <= committed, "{value} was seen before it was committed");
}

/// Commits the database first, then the transaction.
fn commit(row: &Row, transaction: Transaction) {
    row.write(PENDING, || transaction.commit());
}

#[test]
fn model_commit_against_reader() {
    explore("commit against reader", Search::Preemptions(2), || {
        let row = row();
        together([
            with(&row, |row| {
                let transaction = Transaction::begin();
                transaction.enter(change);
                commit(row, transaction);
                row.check(view);
            }),
            with(&row, |row| {
                check_outside(row, view);
                check_outside(row, view);
            }),
        ]);
        assert_eq!(row.check_kept(view), PENDING);
    });
}

#[test]
fn model_commit_against_nested_reader() {
    explore("commit against nested reader", Search::Preemptions(2), || {
        let row = row();
        view(&row);
        together([
            with(&row, |row| {
                let transaction = Transaction::begin();
                transaction.enter(|| {
                    change();
                    // What is made of it is not stored either.
                    page_of(PENDING);
                });
                commit(row, transaction);
            }),
            with(&row, |row| check_outside(row, page)),
        ]);
        assert_eq!(row.check_kept(page), PENDING);
    });
}

/// [`page`], by a reader who sees `value`.
fn page_of(value: u64) {
    let row = Row::default();
    row.store(value);
    page(&row);
}

#[test]
fn model_rollback_against_reader() {
    explore("rollback against reader", Search::Preemptions(2), || {
        let row = row();
        together([
            with(&row, |_| {
                let transaction = Transaction::begin();
                transaction.enter(change);
                transaction.rollback();
            }),
            with(&row, |row| {
                check_outside(row, view);
                check_outside(row, view);
            }),
        ]);
        assert_eq!(row.check_kept(view), 0, "what was rolled back is seen");
    });
}

/// A database transaction inside of a scope has committed by itself: readers may see it from then on, and must
/// once the scope has ended, rolled back or not.
#[test]
fn model_rolled_back_scope_against_reader() {
    explore("a scope is rolled back against reader", Search::Preemptions(2), || {
        let row = row();
        together([
            with(&row, |row| {
                let scope = Transaction::begin_scope();
                scope.enter(|| {
                    let inner = Transaction::begin();
                    inner.enter(change);
                    row.store(PENDING);
                    row.invalidating.store(PENDING, Ordering::Relaxed);
                    inner.commit();
                    assert_eq!(view(row), PENDING, "a scope does not see what it has committed");
                });
                scope.rollback();
                row.note_invalidated(PENDING);
                row.check(view);
            }),
            with(&row, |row| {
                check_outside(row, view);
                check_outside(row, view);
            }),
        ]);
        assert_eq!(row.check_kept(view), PENDING, "what was committed inside is forgotten");
    });
}

#[test]
fn model_rolled_back_inside_of_a_scope() {
    explore("a rollback inside of a scope", Search::Preemptions(2), || {
        let row = row();
        view(&row);
        let reads = row.reads();
        together([
            with(&row, |_| {
                let scope = Transaction::begin_scope();
                scope.enter(|| {
                    let inner = Transaction::begin();
                    inner.enter(change);
                    inner.rollback();
                });
                scope.commit();
            }),
            with(&row, |row| check_outside(row, view)),
        ]);
        row.check(view);
        assert_eq!(row.reads(), reads, "what was rolled back inside is invalidated");
    });
}

#[test]
fn model_undecided() {
    explore("a transaction is dropped undecided", Search::Preemptions(2), || {
        let row = row();
        together([
            with(&row, |row| {
                let transaction = Transaction::begin();
                transaction.enter(invalidation);
                row.write(PENDING, || transaction);
            }),
            with(&row, |row| {
                check_outside(row, view);
                check_outside(row, view);
            }),
        ]);
        assert_eq!(row.check_kept(view), PENDING);
    });
}

#[test]
fn model_inner_and_outer_commit_at_once() {
    explore("inner and outer commit at once", Search::Preemptions(2), || {
        let row = row();
        view(&row);
        let outer = Transaction::begin();
        let inner = outer.enter(Transaction::begin);
        inner.enter(invalidation);
        row.store(PENDING);
        let finished = Arc::new(Noted::new(0));
        let finish = |transaction: Transaction| {
            let finished = Arc::clone(&finished);
            with(&row, move |row| {
                transaction.commit();
                // The invalidation is done once both have returned.
                if finished.fetch_add(1, Ordering::Relaxed) == 1 {
                    row.note_invalidated(PENDING);
                }
            })
        };
        together([finish(outer), finish(inner), with(&row, |row| row.check(view))]);
        assert_eq!(row.check_kept(view), PENDING);
    });
}
