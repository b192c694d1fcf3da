//! Promise 1: a call that starts after an invalidation has returned never gets what was computed before it.

use super::super::explore::{Search, explore};
use super::super::world::{
    Book, Row, call, invalidation, list, page, row, together, view, view_by, with,
};
use crate::groups::{invalidate, invalidate_all, invalidate_tag, member};
use crate::private::CallSite;
use crate::sync::{Arc, Sleeper};
use std::sync::atomic::Ordering;
use std::task::Wake as _;

#[test]
fn model_read_against_invalidation() {
    explore("read against invalidation", Search::Preemptions(3), || {
        let row = row();
        together([
            with(&row, |row| {
                row.check(view);
                row.check(view);
            }),
            with(&row, |row| row.write(1, invalidation)),
        ]);
        assert_eq!(row.check_kept(view), 1);
    });
}

#[test]
fn model_near_hits_against_invalidation() {
    explore("hits of the local cache against invalidation", Search::Preemptions(3), || {
        let row = row();
        view(&row);
        together([
            with(&row, |row| {
                // From the memo, then from the thread-local cache.
                row.check(view);
                row.check(view);
                row.check(view);
            }),
            with(&row, |row| row.write(1, invalidation)),
        ]);
        assert_eq!(row.check_kept(view), 1);
    });
}

/// As above, without the help of housekeeping, which would drop the entry before it can be served stale: here
/// each hit is followed by it, so it has to be about another table then.
#[test]
fn model_near_hits_before_housekeeping() {
    /// `#[cache_against(Book(1), skip(row))]`
    fn shelf(row: &Row) -> u64 {
        static SITE: CallSite = CallSite::new("shelf");
        call(&SITE, 1, || (member::<Book>(1), ()), || row.read())
    }

    explore("hits of a later local cache against invalidation", Search::Preemptions(3), || {
        let row = row();
        // Tables go by the numbers of memos, and housekeeping by the number of tables: one for each hit.
        view(&row);
        page(&row);
        list(&row);
        shelf(&row);
        together([
            with(&row, |row| {
                // From the memo; from the local cache, with a look at the generations, since something else was
                // invalidated; and without one.
                row.check(shelf);
                invalidate_tag("another");
                row.check(shelf);
                row.check(shelf);
            }),
            with(&row, |row| row.write(1, invalidation)),
        ]);
        assert_eq!(row.check_kept(shelf), 1);
    });
}

#[test]
fn model_invalidation_of_another_row() {
    explore("reads against invalidations of another row", Search::Preemptions(2), || {
        let row = row();
        let read = || {
            with(&row, |row| {
                view(row);
                view(row);
            })
        };
        let invalidation = with(&row, |_| {
            invalidate(&member::<Book>(2));
            invalidate_tag("page");
        });
        together([read(), read(), invalidation]);
        assert_eq!(row.reads(), 1, "ended by the invalidation of another group");
    });
}

#[test]
fn model_two_readers_against_invalidation() {
    explore("two readers against invalidation", Search::Preemptions(2), || {
        let row = row();
        together([
            with(&row, |row| row.check(view)),
            with(&row, |row| row.check(view)),
            with(&row, |row| row.write(1, invalidation)),
        ]);
        assert_eq!(row.check_kept(view), 1);
    });
}

#[test]
fn model_read_against_two_invalidations() {
    explore("read against two invalidations at once", Search::Preemptions(2), || {
        let row = row();
        together([
            with(&row, |row| row.check(view)),
            with(&row, |row| row.write(1, invalidation)),
            with(&row, |row| row.write(2, invalidation)),
        ]);
        row.note_invalidated(row.read());
        row.check(view);
    });
}

#[test]
fn model_write_then_read() {
    explore("write, then read, against read", Search::Preemptions(2), || {
        let row = row();
        together([
            with(&row, |row| {
                row.write(1, invalidation);
                assert!(row.check(view) >= 1);
                row.write(2, invalidation);
                assert_eq!(row.check(view), 2);
            }),
            with(&row, |row| row.check(view)),
        ]);
    });
}

#[test]
fn model_end_of_the_model() {
    explore("read against the end of the model", Search::Preemptions(3), || {
        let row = row();
        together([
            with(&row, |row| {
                row.check(view);
                row.check(view);
            }),
            with(&row, |row| row.write(1, invalidate_all::<Book>)),
        ]);
        assert_eq!(row.check_kept(view), 1);
    });
}

#[test]
fn model_doomed_flight() {
    explore("nobody waits for a doomed flight", Search::Preemptions(3), || {
        let row = row();
        let answered = Arc::new(Sleeper::default());
        let waits = Arc::clone(&answered);
        together([
            with(&row, move |row| {
                view_by(&|| {
                    let value = row.read();
                    // Of an invalidation that has not begun, the late caller below comes after it.
                    if row.invalidating.load(Ordering::Relaxed) == 0 {
                        waits.sleep(None);
                    }
                    value
                });
            }),
            with(&row, move |row| {
                row.write(1, invalidation);
                assert_eq!(row.check(view), 1);
                answered.wake();
            }),
        ]);
        assert_eq!(row.check_kept(view), 1);
    });
}

#[test]
fn model_off_switch() {
    explore("off, invalidation, on, against reads", Search::Preemptions(2), || {
        let row = row();
        view(&row);
        together([
            with(&row, |row| {
                row.check(view);
                row.check(view);
            }),
            with(&row, |row| {
                crate::set_enabled(false);
                row.write(1, invalidation);
                row.check(view);
                crate::set_enabled(true);
                row.check(view);
            }),
        ]);
        assert_eq!(row.check_kept(view), 1);
    });
}
