//! Promise 1, Fresh: a call that starts after an invalidation has returned never returns a value
//! whose computation started before it.

mod common;

use common::{Count, Stop, ignore, must_end, stop};
use futures::channel::oneshot;
use futures::poll;
use gcache::{Invalidates, Tag, cache_against, group, invalidate_tag, of};
use std::pin::pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

/// What a body reads: stands for the row in the database.
struct Row(AtomicU64);

impl Row {
    const fn new() -> Self {
        Self(AtomicU64::new(1))
    }

    fn read(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Reads, and stays at `stop` until the test lets it go on.
    fn read_to(&self, stop: Option<&Stop>) -> u64 {
        let value = self.read();
        stop.into_iter().for_each(Stop::here);
        value
    }

    fn write(&self, value: u64) {
        self.0.store(value, Ordering::SeqCst);
    }
}

#[test]
fn each_kind_of_group_invalidates_its_dependents() {
    #[derive(Invalidates)]
    struct Book {
        id: u64,
    }
    group!(Feed: String);
    group!(Rates);
    static RUNS: Count = Count::new();

    #[cache_against(Book)]
    fn all() -> usize {
        RUNS.up()
    }
    #[cache_against(Book(pk))]
    fn one(pk: u64) -> usize {
        RUNS.up()
    }
    #[cache_against(Book, key = pk)]
    fn keyed(pk: u64) -> usize {
        RUNS.up()
    }
    #[cache_against(Feed(user))]
    fn feed(user: &str) -> usize {
        RUNS.up()
    }
    #[cache_against(Rates)]
    fn rates() -> usize {
        RUNS.up()
    }
    #[cache_against("fresh: movies")]
    fn movies() -> usize {
        RUNS.up()
    }
    #[cache_against(Tag(format!("fresh: {genre}")))]
    fn genre(genre: &str) -> usize {
        RUNS.up()
    }

    fn ends(call: impl Fn() -> usize, invalidation: impl Fn()) {
        let first = call();
        assert_eq!(call(), first, "a hit");
        invalidation();
        let second = call();
        assert_ne!(second, first, "a miss");
        assert_eq!(call(), second, "a hit");
    }
    ends(all, || ignore(Book { id: 1 }.invalidate()));
    ends(all, || ignore(invalidate_book(2)));
    ends(all, || ignore(Book::invalidate_all()));
    ends(|| one(7), || ignore(Book { id: 7 }.invalidate()));
    ends(|| one(7), || ignore(invalidate_book(7)));
    ends(|| one(7), || ignore(Book::invalidate_all()));
    ends(|| keyed(7), || ignore(invalidate_book(7)));
    ends(|| feed("ann"), || ignore(invalidate_feed("ann")));
    ends(|| feed("ann"), || ignore(Feed::invalidate_all()));
    ends(rates, || ignore(invalidate_rates()));
    ends(movies, || ignore(invalidate_tag("fresh: movies")));
    ends(|| genre("noir"), || ignore(invalidate_tag("fresh: noir")));
}

#[test]
fn other_members_and_other_groups_stay_hits() {
    #[derive(Invalidates)]
    struct Book {
        id: u64,
    }
    #[derive(Invalidates)]
    struct Author {
        id: u64,
    }
    static RUNS: Count = Count::new();

    #[cache_against(Book(pk))]
    fn book(pk: u64) -> usize {
        RUNS.up()
    }
    #[cache_against(Author(pk))]
    fn author(pk: u64) -> usize {
        RUNS.up()
    }
    #[cache_against("fresh: 7")]
    fn tagged() -> usize {
        RUNS.up()
    }

    let before = (book(8), author(7), tagged());
    Book { id: 7 }.invalidate();
    assert_eq!((book(8), author(7), tagged()), before);
    assert_eq!(Author { id: 7 }.invalidate().count(), 1);
    assert_eq!(Author { id: 7 }.invalidate().count(), 0, "nothing has used it since");
}

#[test]
fn each_of_several_groups_invalidates_the_entry() {
    group!(Left: u64);
    group!(Right: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Left(a), Right(b), "fresh: both")]
    fn both(a: u64, b: u64) -> usize {
        RUNS.up()
    }

    let first = both(1, 2);
    invalidate_left(2);
    invalidate_right(1);
    assert_eq!(both(1, 2), first);
    invalidate_left(1);
    let second = both(1, 2);
    invalidate_right(2);
    let third = both(1, 2);
    invalidate_tag("fresh: both");
    let fourth = both(1, 2);
    assert_eq!([first, second, third, fourth], [1, 2, 3, 4]);
}

/// The race that most caches lose: the body has read, the row changes and is invalidated, and only
/// then the body returns what it read.
#[test]
fn a_value_read_before_an_invalidation_is_not_stored_after_it() {
    group!(Item: u64);
    static ROW: Row = Row::new();
    let (stop, control) = stop();

    #[cache_against(Item(pk), skip(stop))]
    fn item(stop: Option<&Stop>, pk: u64) -> u64 {
        ROW.read_to(stop)
    }

    std::thread::scope(|scope| {
        let early = scope.spawn(|| item(Some(&stop), 7));
        control.arrived();
        ROW.write(2);
        invalidate_item(7);
        control.leave();
        assert_eq!(early.join().expect("it returns"), 1, "it began before the invalidation");
    });
    assert_eq!(item(None, 7), 2);
}

/// A caller who comes after the invalidation computes by itself while the doomed computation is still
/// under way.
#[test]
fn a_late_caller_does_not_wait_for_a_doomed_flight() {
    group!(Item: u64);
    static ROW: Row = Row::new();
    let (stop, control) = stop();

    #[cache_against(Item(pk), skip(stop))]
    fn item(stop: Option<&Stop>, pk: u64) -> u64 {
        ROW.read_to(stop)
    }

    std::thread::scope(|scope| {
        let early = scope.spawn(|| item(Some(&stop), 7));
        control.arrived();
        ROW.write(2);
        invalidate_item(7);
        assert_eq!(must_end(|| item(None, 7)), 2);
        control.leave();
        assert_eq!(early.join().expect("it returns"), 1);
    });
    assert_eq!(item(None, 7), 2, "the doomed value did not replace the new one");
    assert_eq!(of(item).stats().misses, 2);
}

/// Nor while the value of that computation is looked at: what looks may itself wait for the caller.
#[test]
fn a_late_caller_does_not_wait_for_a_doomed_value_to_be_stored() {
    group!(Item: u64);
    static ROW: Row = Row::new();
    static STOP: Mutex<Option<Stop>> = Mutex::new(None);

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "what `cache_if` takes")]
    fn stops_once(_: &u64) -> bool {
        let stop = STOP.lock().expect("nobody panics with it").take();
        if let Some(stop) = stop {
            stop.here();
        }
        true
    }

    #[cache_against(Item(pk), cache_if = stops_once)]
    fn item(pk: u64) -> u64 {
        ROW.read()
    }

    let (stop, control) = stop();
    *STOP.lock().expect("nobody panics with it") = Some(stop);

    std::thread::scope(|scope| {
        let early = scope.spawn(|| item(7));
        control.arrived();
        ROW.write(2);
        invalidate_item(7);
        assert_eq!(must_end(|| item(7)), 2);
        control.leave();
        assert_eq!(early.join().expect("it returns"), 1);
    });
    assert_eq!(item(7), 2, "the doomed value did not replace the new one");
}

#[test]
fn a_waiter_from_before_the_invalidation_may_get_the_old_value_and_no_later_call() {
    group!(Item: u64);
    static ROW: Row = Row::new();

    #[cache_against(Item(pk), skip(go))]
    async fn item(go: Option<oneshot::Receiver<()>>, pk: u64) -> u64 {
        let value = ROW.read();
        if let Some(go) = go {
            go.await.expect("the test lets it go on");
        }
        value
    }

    pollster::block_on(async {
        let (leave, go) = oneshot::channel();
        let mut leader = pin!(item(Some(go), 7));
        let mut waiter = pin!(item(None, 7));
        assert!(poll!(&mut leader).is_pending());
        assert!(poll!(&mut waiter).is_pending(), "it joins");
        ROW.write(2);
        invalidate_item(7);
        assert_eq!(poll!(pin!(item(None, 7))), Poll::Ready(2), "it does not join");
        leave.send(()).expect("the leader waits");
        assert_eq!(leader.await, 1);
        assert_eq!(waiter.await, 1);
        assert_eq!(item(None, 7).await, 2);
    });
    let stats = of(item).stats();
    assert_eq!((stats.misses, stats.joined, stats.hits), (2, 1, 1));
}

#[test]
fn another_thread_that_has_hit_before_misses_too() {
    group!(Item: u64);
    static ROW: Row = Row::new();

    #[cache_against(Item(pk))]
    fn item(pk: u64) -> u64 {
        ROW.read()
    }

    let (ask, asked) = std::sync::mpsc::channel::<()>();
    let (answer, answered) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while asked.recv().is_ok() {
                answer.send(item(7)).expect("the test listens");
            }
        });
        let other = || {
            ask.send(()).expect("the thread answers");
            answered.recv().expect("the thread answers")
        };
        for value in 1..100 {
            ROW.write(value);
            invalidate_item(7);
            assert_eq!(other(), value);
            assert_eq!(other(), value);
            assert_eq!(item(7), value);
        }
        drop(ask);
    });
}

/// A value that is handed over without being stored is as fresh as a stored one.
#[test]
fn a_value_that_is_not_stored_is_shared_only_with_waiters_that_called_in_time() {
    group!(Item: u64);
    static ROW: Row = Row::new();
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "what `cache_if` takes")]
    fn never(_: &u64) -> bool {
        false
    }

    #[cache_against(Item(pk), skip(go), cache_if = never)]
    async fn item(go: Option<oneshot::Receiver<()>>, pk: u64) -> u64 {
        let value = ROW.read();
        if let Some(go) = go {
            go.await.expect("the test lets it go on");
        }
        value
    }

    pollster::block_on(async {
        let (leave, go) = oneshot::channel();
        let mut leader = pin!(item(Some(go), 7));
        let mut waiter = pin!(item(None, 7));
        assert!(poll!(&mut leader).is_pending());
        assert!(poll!(&mut waiter).is_pending());
        ROW.write(2);
        leave.send(()).expect("the leader waits");
        assert_eq!(leader.await, 1);
        assert_eq!(waiter.await, 1, "it called while the value was true");
        assert_eq!(item(None, 7).await, 2, "nothing was stored");
    });
}
