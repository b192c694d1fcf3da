//! Promise 7, in time: what has ended leaves its memo without a call for it, whatever goes on meanwhile, and
//! what lives stays.

use super::super::explore::{Search, explore};
use super::super::world::{
    Book, Row, begin, invalidate_page, invalidation, page, row, together, view, view_by, with,
};
use crate::groups::{Tag, member};
use crate::private::{CallSite, Lookup};
use crate::returns::StoreAll;
use std::time::Duration;

/// A call that misses and stores nothing, which is a step of the sweep.
fn step() {
    static SITE: CallSite = CallSite::new("step");
    let storable = StoreAll::<u64>::NEW;
    let groups = || (member::<Tag>("step"), ());
    match begin(&SITE, storable, &1_u32, groups, |config| config.capacity(0)) {
        Lookup::Hit(_) => unreachable!("nothing is stored"),
        Lookup::Miss(miss) => miss.run(|| 0),
    };
}

/// With nobody else about: what has ended leaves within a few steps, and what is left is a hit.
fn check_swept(row: &Row) {
    (0..6).for_each(|_| step());
    let (left, reads) = (crate::of(view_by).len() as u64, row.reads());
    assert!(left <= 1);
    row.check(view);
    assert_eq!(row.reads() - reads, 1 - left, "what has ended is left, or not kept what lives");
    row.check_kept(view);
}

#[test]
fn model_sweep_against_invalidation_and_publish() {
    explore("sweep against invalidation and publish", Search::Preemptions(2), || {
        let row = row();
        view(&row);
        together([
            with(&row, |row| {
                row.write(1, invalidation);
                step();
            }),
            with(&row, |row| row.check(view)),
        ]);
        check_swept(&row);
    });
}

/// What ends between the last look at it and its publication may come to lie behind the sweep.
#[test]
fn model_sweep_before_what_has_ended_is_published() {
    explore("sweep before what has ended is published", Search::Preemptions(2), || {
        let row = row();
        together([
            with(&row, |row| row.check(view)),
            with(&row, |row| {
                row.write(1, invalidation);
                (0..4).for_each(|_| step());
            }),
        ]);
        check_swept(&row);
    });
}

#[test]
fn model_sweep_against_sweep_and_publish() {
    explore("two sweeps against a publication", Search::Preemptions(2), || {
        let row = row();
        view(&row);
        row.write(1, invalidation);
        together([
            with(&row, |_| step()),
            with(&row, |_| step()),
            with(&row, |row| row.check(view)),
        ]);
        assert_eq!(crate::of(view_by).len(), 1, "nothing has ended what was published");
        check_swept(&row);
    });
}

#[test]
fn model_sweep_against_clear() {
    explore("sweep against clear", Search::Preemptions(2), || {
        let row = row();
        view(&row);
        together([
            with(&row, |row| row.write(1, || crate::of(view_by).clear().expect("it was called"))),
            with(&row, |row| {
                step();
                row.check(view)
            }),
        ]);
        check_swept(&row);
    });
}

#[test]
fn model_sweep_leaves_what_lives() {
    explore("sweep of one of two entries", Search::Preemptions(2), || {
        let row = row();
        page(&row);
        together([
            with(&row, |_| step()),
            with(&row, |_| invalidate_page()),
            with(&row, |_| step()),
        ]);
        (0..6).for_each(|_| step());
        assert_eq!((crate::of(page).len(), crate::of(view_by).len()), (0, 1));
        let reads = row.reads();
        page(&row);
        assert_eq!(row.reads(), reads, "what was viewed is a hit of the page");
    });
}

const HOUR: Duration = Duration::from_secs(3_600);

/// `#[cache_against(Book(key), skip(row), capacity = 1, ttl = "1h")]`: the policy is told of each entry.
fn narrow(row: &Row, key: u32) -> u64 {
    static SITE: CallSite = CallSite::new("narrow and swept");
    let storable = StoreAll::<u64>::NEW;
    let groups = || (member::<Book>(key), ());
    match begin(&SITE, storable, &key, groups, |config| config.capacity(1).ttl(HOUR)) {
        Lookup::Hit(value) => value,
        Lookup::Miss(miss) => miss.run(|| row.read()),
    }
}

/// What the sweep takes out of the store may have been put there anew.
#[test]
fn model_sweep_leaves_nothing_that_the_store_does_not_hold() {
    explore("sweep against publish, capacity 1", Search::Preemptions(2), || {
        let row = row();
        narrow(&row, 1);
        row.write(1, invalidation);
        together([
            with(&row, |_| step()),
            with(&row, |row| {
                row.check(|row| narrow(row, 1));
            }),
        ]);
        narrow(&row, 2);
        narrow(&row, 3);
        assert!(crate::of(narrow).len() <= 1, "more entries than the capacity");
    });
}
