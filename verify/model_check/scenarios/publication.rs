//! Promises 2 and 7: what was ended, evicted or cleared is gone, and stays so.

use super::super::explore::{Search, explore};
use super::super::world::{Book, Row, begin, invalidation, row, together, view, view_by, with};
use crate::cache::REFUSES_NEWCOMERS;
use crate::groups::{invalidate, member};
use crate::private::{CallSite, Lookup};
use crate::returns::StoreAll;
use std::sync::atomic::Ordering;

#[test]
fn model_publish_against_clear() {
    explore("publish against clear", Search::Preemptions(3), || {
        let row = row();
        let clear = || crate::of(view_by).clear().expect("it was called");
        together([
            with(&row, |row| {
                row.check(view);
                row.check(view);
            }),
            // For once, all that ends is the memo's content.
            with(&row, move |row| row.write(1, clear)),
        ]);
        // What was published meanwhile may have been given up with the rest.
        assert!(crate::of(view_by).len() <= 1);
        assert_eq!(row.check_kept(view), 1);
    });
}

#[test]
fn model_local_hits_against_clear() {
    explore("hits of the local cache against clear", Search::Preemptions(3), || {
        let row = row();
        view(&row);
        together([
            with(&row, |row| {
                row.check(view);
                row.check(view);
                row.check(view);
            }),
            with(&row, |row| row.write(1, || crate::of(view_by).clear().expect("it was called"))),
        ]);
        // What was published meanwhile may have been given up with the rest.
        assert!(crate::of(view_by).len() <= 1);
        assert_eq!(row.check_kept(view), 1);
    });
}

#[test]
fn model_publish_against_clear_and_invalidate() {
    explore("publish against clear and invalidation", Search::Preemptions(2), || {
        let row = row();
        together([
            with(&row, |row| row.check(view)),
            with(&row, |row| row.write(1, invalidation)),
            with(&row, |_| crate::of(view_by).clear().expect("it was called")),
        ]);
        // What was published meanwhile may have been given up with the rest.
        assert!(crate::of(view_by).len() <= 1);
        assert_eq!(row.check_kept(view), 1);
    });
}

/// `#[cache_against(Book(key), skip(row), capacity = 1)]`
fn narrow(row: &Row, key: u32) -> u64 {
    static SITE: CallSite = CallSite::new("narrow");
    let storable = StoreAll::<u64>::NEW;
    match begin(&SITE, storable, &key, || (member::<Book>(key), ()), |config| config.capacity(1)) {
        Lookup::Hit(value) => value,
        Lookup::Miss(miss) => miss.run(|| row.read()),
    }
}

/// One entry is evicted by another, looked up and invalidated.
fn evict(name: &str, refuses_newcomers: bool) {
    explore(name, Search::Preemptions(2), move || {
        REFUSES_NEWCOMERS.store(refuses_newcomers, Ordering::Relaxed);
        let row = row();
        narrow(&row, 1);
        together([
            with(&row, |row| {
                narrow(row, 2);
                row.check(|row| narrow(row, 1));
            }),
            with(&row, |row| row.check(|row| narrow(row, 1))),
            with(&row, |row| {
                row.write(1, || {
                    invalidate(&member::<Book>(1));
                });
            }),
        ]);
        assert_eq!(row.check(|row| narrow(row, 1)), 1);
        assert!(crate::of(narrow).len() <= 1, "more entries than the capacity");
    });
}

#[test]
fn model_evict_oldest() {
    evict("evict, publish, look up, invalidation", false);
}

#[test]
fn model_evict_newcomer() {
    evict("the same, newcomers refused", true);
}

/// Threads that evict mark the entry, and advance the epoch for the thread that holds it.
#[test]
fn model_local_hits_against_evictions() {
    explore("hits of the local cache against evictions", Search::Preemptions(2), || {
        REFUSES_NEWCOMERS.store(false, Ordering::Relaxed);
        let row = row();
        let bodies = || row.reads.load(Ordering::Relaxed);
        narrow(&row, 1);
        narrow(&row, 1);
        narrow(&row, 1);
        assert_eq!(bodies(), 1, "it is kept");
        together([2, 3].map(|key| {
            with(&row, move |row| {
                narrow(row, key);
            })
        }));
        assert_eq!(bodies(), 3);
        narrow(&row, 1);
        assert_eq!(bodies(), 4, "an evicted entry was served");
    });
}
