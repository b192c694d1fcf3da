//! Promise 4: who loses its patience computes beside the one it waits for. Time passes at one moment, in the
//! midst of the first body; the schedule decides who waits by then.

use super::super::explore::{Search, explore};
use super::super::lose_patience;
use super::super::world::{
    Book, Row, begin, bump, bump_page, call, row, together, view, view_by, with,
};
use crate::depend::depends_on;
use crate::group::{Tag, member};
use crate::private::{Begun, ReturnOf, Site, checked};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::Poll::{Pending, Ready};
use std::task::{Context, Waker};

/// What a body does that reads and then takes long.
fn read_slowly(row: &Row) -> u64 {
    let value = row.read();
    if row.reads() == 1 {
        lose_patience();
    }
    value
}

#[test]
fn model_one_relief() {
    explore("one of two that wait relieves the leader", Search::Preemptions(2), || {
        let row = row();
        let read = || with(&row, |row| assert_eq!(view_by(&|| read_slowly(row)), 0));
        together([read(), read(), read()]);
        assert!(row.reads() <= 2, "{} bodies for one patience that has passed", row.reads());
        row.check_kept(view);
    });
}

/// `#[cache_against(Book(1), skip(row))]`: the number of the run.
fn run(row: &Row) -> u64 {
    view_by(&|| {
        read_slowly(row);
        row.reads()
    })
}

#[test]
fn model_relief_against_landing() {
    explore("what is stored stays, whoever lands then", Search::Preemptions(3), || {
        let row = row();
        let read = || {
            with(&row, |row| {
                run(row);
                let stored = run(row);
                assert_eq!(run(row), stored, "it was replaced");
            })
        };
        together([read(), read()]);
        assert!(row.reads() <= 2);
    });
}

/// `#[cache_against(Book(1), skip(row))]`, which takes long when it runs first and returns an error when it
/// runs as the `failing`th.
fn fallible(row: &Row, failing: u64) -> Result<u64, u64> {
    static SITE: Site = Site::new("fallible beside");
    let shape = checked::<u64, _, _>(ReturnOf::<Result<u64, u64>>::new().__gcache_shape());
    let body = || {
        let run = row.reads.fetch_add(1, Ordering::Relaxed) + 1;
        if run == 1 {
            lose_patience();
        }
        if run == failing { Err(run) } else { Ok(run) }
    };
    match begin(&SITE, shape, &1, || (member::<Book>(1), ()), |config| config) {
        Begun::Hit(value) => value,
        Begun::Miss(miss) => miss.run(body),
    }
}

#[test]
fn model_failing_leader_and_its_relief() {
    explore("a leader fails beside its relief", Search::Preemptions(1), || {
        let row = row();
        let read = || with(&row, |row| fallible(row, 1));
        together([read(), read(), read()]);
        assert_eq!(row.reads(), 2, "one has failed, one has computed for all others");
    });
}

#[test]
fn model_failing_relief() {
    explore("a relief fails beside its leader", Search::Preemptions(1), || {
        let row = row();
        let read = || with(&row, |row| fallible(row, 2));
        together([read(), read(), read()]);
        assert!(row.reads() <= 2, "somebody began anew beside the leader");
        let kept = row.reads();
        assert_eq!((fallible(&row, 2), row.reads()), (Ok(1), kept), "the leader's value is stored");
    });
}

#[test]
fn model_relief_against_bump() {
    explore("a relief against a bump of what it reads", Search::Preemptions(1), || {
        let row = row();
        let read = || {
            with(&row, |row| {
                row.check(|row| view_by(&|| read_slowly(row)));
            })
        };
        let write = with(&row, |row| {
            row.write(1, bump);
            row.check(view);
        });
        together([read(), read(), write]);
        row.check_kept(view);
    });
}

/// `#[cache_against("list", skip(row))]`: finds out that it depends on `Book(1)` after it has read, and
/// taken long.
fn list(row: &Row) -> u64 {
    static SITE: Site = Site::new("list beside");
    let read = || {
        let value = read_slowly(row);
        depends_on(&(member::<Book>(1), ()));
        value
    };
    call(&SITE, 1, || (member::<Tag>("list"), ()), read)
}

#[test]
fn model_late_leader_and_its_relief() {
    explore("a leader learns too late what its relief knows", Search::Preemptions(1), || {
        let row = row();
        let read = || {
            with(&row, |row| {
                row.check(list);
            })
        };
        let write = with(&row, |row| {
            row.write(1, bump);
            row.check(list);
        });
        together([read(), read(), write]);
        row.check_kept(list);
    });
}

/// `#[cache_against("rests", skip(row))]`, async: reads, rests, and finds out that it depends on `Book(1)`.
async fn rests(row: &Row) -> u64 {
    static SITE: Site = Site::new("rests beside");
    let shape = checked::<u64, _, _>(ReturnOf::<u64>::new().whole());
    let body = async || {
        let value = row.read();
        let mut rested = false;
        poll_fn(|_| if std::mem::replace(&mut rested, true) { Ready(()) } else { Pending }).await;
        depends_on(&(member::<Book>(1), ()));
        value
    };
    match begin(&SITE, shape, &1, || (member::<Tag>("rests"), ()), |config| config) {
        Begun::Hit(value) => value,
        Begun::Miss(miss) => miss.run_async(body).await,
    }
}

type Polled<'row> = Pin<Box<dyn Future<Output = u64> + 'row>>;

/// Calls that are polled by hand, in an order that takes more preemptions than can be searched.
fn a_leader_lands_too_late(row: &Row) {
    let poll = |call: &mut Polled<'_>| call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    let call = || -> Polled<'_> { Box::pin(rests(row)) };
    let [mut leader, mut relief, mut waiter] = [call(), call(), call()];
    assert!(poll(&mut leader).is_pending() && poll(&mut relief).is_pending());
    row.write(1, bump);
    assert!(poll(&mut waiter).is_pending(), "nobody can tell that the leader is too late");
    lose_patience();
    assert!(poll(&mut relief).is_pending() && row.reads() == 2, "it has begun");
    assert_eq!(poll(&mut leader), Ready(0), "its caller called before the change");
    assert!(poll(&mut waiter).is_pending(), "this one after it");
    assert_eq!((poll(&mut relief), poll(&mut waiter)), (Ready(1), Ready(1)));
    assert_eq!((poll(&mut call()), row.reads()), (Ready(1), 2));
}

#[test]
fn model_late_leader_and_who_called_after_it() {
    explore("a leader lands too late beside its relief", Search::Preemptions(1), || {
        let row = row();
        // Bumps something else meanwhile.
        together([with(&row, a_leader_lands_too_late), Box::new(bump_page)]);
    });
}

/// `#[cache_against("task", skip(row))]`, async, of a slow body.
async fn task(row: &Row) -> u64 {
    static SITE: Site = Site::new("task beside");
    let shape = checked::<u64, _, _>(ReturnOf::<u64>::new().whole());
    match begin(&SITE, shape, &1, || (member::<Book>(1), ()), |config| config) {
        Begun::Hit(value) => value,
        Begun::Miss(miss) => miss.run_async(async || read_slowly(row)).await,
    }
}

#[test]
fn model_relief_of_tasks() {
    explore("one of two tasks relieves the leader", Search::Preemptions(1), || {
        let row = row();
        let read = || with(&row, |row| shuttle::future::block_on(task(row)));
        together([read(), read(), read()]);
        assert!(row.reads() <= 2);
    });
}

/// Two functions that call each other, `depth` calls deep.
fn left(row: &Row, depth: u32) -> u64 {
    static SITE: Site = Site::new("left beside");
    let body = || {
        let value = read_slowly(row);
        if depth == 0 { value } else { right(row, depth - 1) }
    };
    call(&SITE, 1, || (member::<Tag>("left"), ()), body)
}

fn right(row: &Row, depth: u32) -> u64 {
    static SITE: Site = Site::new("right beside");
    let body = || if depth == 0 { row.read() } else { left(row, depth - 1) };
    call(&SITE, 1, || (member::<Tag>("right"), ()), body)
}

#[test]
fn model_relief_in_a_circle() {
    explore("a relief of calls that wait for each other", Search::Preemptions(2), || {
        let row = row();
        together([with(&row, |row| left(row, 2)), with(&row, |row| right(row, 2))]);
    });
}
