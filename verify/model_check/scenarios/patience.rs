//! Promise 4: who loses its patience computes beside the one it waits for. Time passes at one moment, in the
//! midst of the first body; the schedule decides who waits by then.

use super::super::explore::{Search, explore};
use super::super::lose_patience;
use super::super::world::{
    Book, Row, begin, call, invalidate_page, invalidation, row, together, view, view_by, with,
};
use crate::groups::depends_on;
use crate::groups::{Tag, member};
use crate::private::{CallSite, Lookup};
use crate::returns::{StoreAll, StoreOk};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll::{self, Pending, Ready};
use std::task::{Context, Wake, Waker};

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
    static SITE: CallSite = CallSite::new("fallible beside");
    let storable = StoreOk::<Result<u64, u64>>::NEW;
    let body = || {
        let run = row.reads.fetch_add(1, Ordering::Relaxed) + 1;
        if run == 1 {
            lose_patience();
        }
        if run == failing { Err(run) } else { Ok(run) }
    };
    match begin(&SITE, storable, &1, || (member::<Book>(1), ()), |config| config) {
        Lookup::Hit(value) => value,
        Lookup::Miss(miss) => miss.run(body),
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
fn model_relief_against_invalidation() {
    explore("a relief against an invalidation of what it reads", Search::Preemptions(1), || {
        let row = row();
        let read = || {
            with(&row, |row| {
                row.check(|row| view_by(&|| read_slowly(row)));
            })
        };
        let write = with(&row, |row| {
            row.write(1, invalidation);
            row.check(view);
        });
        together([read(), read(), write]);
        row.check_kept(view);
    });
}

/// `#[cache_against("list", skip(row))]`: finds out that it depends on `Book(1)` after it has read, and
/// taken long.
fn list(row: &Row) -> u64 {
    static SITE: CallSite = CallSite::new("list beside");
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
            row.write(1, invalidation);
            row.check(list);
        });
        together([read(), read(), write]);
        row.check_kept(list);
    });
}

/// Rests once, until it is polled again.
async fn rest() {
    let mut rested = false;
    poll_fn(|_| if std::mem::replace(&mut rested, true) { Ready(()) } else { Pending }).await;
}

/// `#[cache_against("tries", skip(row))]`, async: the number of the run; an error of the `failing`th. Finds out
/// that it depends on `Book(1)` after it has rested.
async fn tries(row: &Row, failing: u64) -> Result<u64, u64> {
    static SITE: CallSite = CallSite::new("tries beside");
    let storable = StoreOk::<Result<u64, u64>>::NEW;
    let body = async {
        row.read();
        let run = row.reads();
        rest().await;
        depends_on(&(member::<Book>(1), ()));
        if run == failing { Err(run) } else { Ok(run) }
    };
    match begin(&SITE, storable, &1, || (member::<Tag>("tries"), ()), |config| config) {
        Lookup::Hit(value) => value,
        Lookup::Miss(miss) => miss.run_async(pin!(body)).await,
    }
}

type Tries<'row> = Pin<Box<dyn Future<Output = Result<u64, u64>> + 'row>>;

fn poll(call: &mut Tries<'_>) -> Poll<Result<u64, u64>> {
    call.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls calls by hand, in an order that takes more preemptions than can be searched, while something else is
/// invalidated.
fn by_hand(name: &str, polls: fn(&Row)) {
    explore(name, Search::Preemptions(1), move || {
        let row = row();
        together([with(&row, polls), Box::new(invalidate_page)]);
    });
}

#[test]
fn model_late_leader_and_who_called_after_it() {
    by_hand("a leader lands too late beside its relief", |row| {
        let call = || -> Tries<'_> { Box::pin(tries(row, 0)) };
        let [mut leader, mut relief, mut waiter] = [call(), call(), call()];
        assert!(poll(&mut leader).is_pending() && poll(&mut relief).is_pending());
        invalidation();
        assert!(poll(&mut waiter).is_pending(), "nobody can tell that the leader is too late");
        lose_patience();
        assert!(poll(&mut relief).is_pending() && row.reads() == 2, "it has begun");
        assert_eq!(poll(&mut leader), Ready(Ok(1)), "its caller called before the change");
        assert!(poll(&mut waiter).is_pending(), "this one after it");
        assert_eq!((poll(&mut relief), poll(&mut waiter)), (Ready(Ok(2)), Ready(Ok(2))));
        assert_eq!((poll(&mut call()), row.reads()), (Ready(Ok(2)), 2));
    });
}

#[test]
fn model_failed_leader_and_who_waits() {
    by_hand("a leader fails, and its relief goes on", |row| {
        let call = || -> Tries<'_> { Box::pin(tries(row, 1)) };
        let [mut leader, mut relief, mut waiter] = [call(), call(), call()];
        assert!([&mut leader, &mut relief, &mut waiter].map(poll).iter().all(Poll::is_pending));
        lose_patience();
        assert!(poll(&mut relief).is_pending() && row.reads() == 2, "it has begun");
        assert_eq!(poll(&mut leader), Ready(Err(1)));
        assert!(poll(&mut waiter).is_pending() && row.reads() == 2, "it waits for the relief");
        assert_eq!((poll(&mut relief), poll(&mut waiter)), (Ready(Ok(2)), Ready(Ok(2))));
    });
}

#[test]
fn model_leader_that_lands_after_its_relief() {
    by_hand("a leader lands after its relief", |row| {
        let call = || -> Tries<'_> { Box::pin(tries(row, 0)) };
        let [mut leader, mut relief] = [call(), call()];
        assert!(poll(&mut leader).is_pending() && poll(&mut relief).is_pending());
        lose_patience();
        assert!(poll(&mut relief).is_pending());
        assert_eq!((poll(&mut relief), poll(&mut call())), (Ready(Ok(2)), Ready(Ok(2))));
        assert_eq!((poll(&mut leader), poll(&mut call())), (Ready(Ok(1)), Ready(Ok(2))));
        assert_eq!(row.reads(), 2);
    });
}

/// `#[cache_against("nests", skip(row))]`, async: the first run rests, the second calls for the same.
async fn nests(row: &Row) -> Result<u64, u64> {
    static SITE: CallSite = CallSite::new("nests beside");
    let storable = StoreOk::<Result<u64, u64>>::NEW;
    let body = async {
        row.read();
        match row.reads() {
            1 => rest().await,
            2 => _ = (Box::pin(nests(row)) as Tries<'_>).await,
            _ => {}
        }
        Ok(row.reads())
    };
    match begin(&SITE, storable, &1, || (member::<Tag>("nests"), ()), |config| config) {
        Lookup::Hit(value) => value,
        Lookup::Miss(miss) => miss.run_async(pin!(body)).await,
    }
}

#[test]
fn model_relief_that_calls_itself() {
    by_hand("a relief that calls itself does not wait", |row| {
        let [mut leader, mut relief]: [Tries<'_>; 2] = [Box::pin(nests(row)), Box::pin(nests(row))];
        assert!(poll(&mut leader).is_pending() && poll(&mut relief).is_pending());
        lose_patience();
        assert_eq!(poll(&mut relief), Ready(Ok(3)));
    });
}

/// Counts how often it was woken.
#[derive(Default)]
struct Woken(AtomicU64);

impl Wake for Woken {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn model_each_patience_wakes() {
    by_hand("who waits is woken for each patience", |row| {
        let call = || -> Tries<'_> { Box::pin(tries(row, 0)) };
        let [mut leader, mut relief, mut waiter] = [call(), call(), call()];
        let woken = std::sync::Arc::new(Woken::default());
        let waker = Waker::from(std::sync::Arc::clone(&woken));
        let poll_waiter = |waiter: &mut Tries<'_>| {
            waiter.as_mut().poll(&mut Context::from_waker(&waker)).is_pending()
        };
        assert!(poll(&mut leader).is_pending() && poll(&mut relief).is_pending());
        assert!(poll_waiter(&mut waiter));
        for patience in 1..=2 {
            lose_patience();
            assert_eq!(woken.0.load(Ordering::Relaxed), patience);
            // The first time another is there before, and rests from then on; the second time it is this one.
            if patience == 1 {
                assert!(poll(&mut relief).is_pending());
            }
            assert!(poll_waiter(&mut waiter));
            assert_eq!(row.reads(), 1 + patience);
        }
    });
}

/// `#[cache_against("task", skip(row))]`, async, of a slow body.
async fn task(row: &Row) -> u64 {
    static SITE: CallSite = CallSite::new("task beside");
    let storable = StoreAll::<u64>::NEW;
    match begin(&SITE, storable, &1, || (member::<Book>(1), ()), |config| config) {
        Lookup::Hit(value) => value,
        Lookup::Miss(miss) => miss.run_async(pin!(async { read_slowly(row) })).await,
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
    static SITE: CallSite = CallSite::new("left beside");
    let body = || {
        let value = read_slowly(row);
        if depth == 0 { value } else { right(row, depth - 1) }
    };
    call(&SITE, 1, || (member::<Tag>("left"), ()), body)
}

fn right(row: &Row, depth: u32) -> u64 {
    static SITE: CallSite = CallSite::new("right beside");
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
