//! Promise 4: callers that miss together compute once, and nobody hangs.

use super::super::explore::{Search, explore};
use super::super::world::{
    Book, Row, begin, call, invalidation, row, together, view, view_by, with,
};
use crate::groups::{Tag, member};
use crate::private::{CallSite, Lookup};
use crate::returns::{StoreAll, StoreOk};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

#[test]
fn model_once() {
    explore("three callers compute once", Search::Preemptions(2), || {
        let row = row();
        let read = || with(&row, view);
        together([read(), read(), read()]);
        assert_eq!(row.reads(), 1);
    });
}

/// `#[cache_against(Book(1), skip(row))]`, which returns an error the first time it runs.
fn fallible(row: &Row) -> Result<u64, u64> {
    static SITE: CallSite = CallSite::new("fallible");
    let storable = StoreOk::<Result<u64, u64>>::NEW;
    let read = || match row.reads.fetch_add(1, Ordering::Relaxed) {
        0 => Err(row.read()),
        _ => Ok(row.read()),
    };
    match begin(&SITE, storable, &1, || (member::<Book>(1), ()), |config| config) {
        Lookup::Hit(value) => value,
        Lookup::Miss(miss) => miss.run(read),
    }
}

#[test]
fn model_failed_leader() {
    explore("a leader fails, two wait", Search::Preemptions(2), || {
        let row = row();
        let read = || with(&row, fallible);
        together([read(), read(), read()]);
        // One failed, and one of the others computed for both.
        assert_eq!(row.reads(), 4);
    });
}

#[test]
fn model_panicked_leader() {
    explore("a leader panics, two wait", Search::Preemptions(2), || {
        let row = row();
        let panics = with(&row, |row| {
            let body = || {
                row.read();
                // Calls no panic hook.
                resume_unwind(Box::new("the body panics"))
            };
            // It may have found an entry, or joined another's flight.
            drop(catch_unwind(AssertUnwindSafe(|| view_by(&body))));
        });
        let read = || with(&row, |row| assert_eq!(view(row), 0));
        together([panics, read(), read()]);
        assert!(row.reads() <= 2);
    });
}

/// `#[cache_against("task", skip(row))]`, async: reads, rests once, reads again.
async fn task(row: &Row) -> u64 {
    static SITE: CallSite = CallSite::new("task");
    let storable = StoreAll::<u64>::NEW;
    match begin(&SITE, storable, &1, || (member::<Book>(1), ()), |config| config) {
        Lookup::Hit(value) => value,
        Lookup::Miss(miss) => {
            let body = async {
                row.read();
                rest().await;
                row.read()
            };
            miss.run_async(pin!(body)).await
        }
    }
}

/// Lets others go on once.
async fn rest() {
    let mut rested = false;
    std::future::poll_fn(|task| {
        if std::mem::replace(&mut rested, true) {
            return Poll::Ready(());
        }
        task.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[test]
fn model_cancelled_leader() {
    explore("a leader is cancelled, two tasks wait", Search::Preemptions(2), || {
        let row = row();
        let cancelled = with(&row, |row| {
            let mut call = pin!(task(row));
            let polled = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending() || row.reads() > 0);
        });
        let read = || with(&row, |row| shuttle::future::block_on(row_check(row)));
        let write = with(&row, |row| row.write(1, invalidation));
        together([cancelled, read(), write]);
        assert_eq!(shuttle::future::block_on(task(&row)), 1);
    });
}

#[test]
fn model_waiter_that_moves() {
    explore("a task that waits goes to another executor", Search::Preemptions(2), || {
        let row = row();
        let leads = with(&row, |row| shuttle::future::block_on(task(row)));
        let moves = with(&row, |row| {
            let mut call = pin!(task(row));
            match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(value) => value,
                // Whoever polled it last is the one to be woken.
                Poll::Pending => shuttle::future::block_on(call),
            }
        });
        together([leads, moves]);
        assert_eq!(row.reads(), 2);
    });
}

async fn row_check(row: &Row) -> u64 {
    let value = task(row).await;
    row.check(|_| u64::MAX);
    value
}

/// Two functions that call each other, `depth` calls deep.
fn left(row: &Row, depth: u32) -> u64 {
    static SITE: CallSite = CallSite::new("left");
    let body = || if depth == 0 { row.read() } else { right(row, depth - 1) };
    call(&SITE, 1, || (member::<Tag>("left"), ()), body)
}

fn right(row: &Row, depth: u32) -> u64 {
    static SITE: CallSite = CallSite::new("right");
    let body = || if depth == 0 { row.read() } else { left(row, depth - 1) };
    call(&SITE, 1, || (member::<Tag>("right"), ()), body)
}

#[test]
fn model_circle() {
    explore("two calls that wait for each other", Search::Preemptions(2), || {
        let row = row();
        together([with(&row, |row| left(row, 2)), with(&row, |row| right(row, 2))]);
    });
}
