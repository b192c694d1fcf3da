//! Promise 1: a call that starts after an invalidation has returned never gets what was computed before it.

use super::super::explore::{Search, explore};
use super::super::world::{Book, invalidation, row, together, view, view_by, with};
use crate::groups::{invalidate, invalidate_all, invalidate_tag, member};
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
fn model_local_hits_against_invalidation() {
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

/// As above, between two sweeps of the thread's cache, one of which follows each second hit: it would drop the entry
/// before a hit could find it ended.
#[test]
fn model_local_hits_between_sweeps() {
    explore("hits of the local cache between two sweeps", Search::Preemptions(3), || {
        let row = row();
        view(&row);
        together([
            with(&row, |row| {
                // From the map; from the local cache, and a sweep.
                row.check(view);
                row.check(view);
                // Validated again, since the epoch has advanced; and not.
                invalidate_tag("another");
                row.check(view);
                row.check(view);
            }),
            with(&row, |row| row.write(1, invalidation)),
        ]);
        assert_eq!(row.check_kept(view), 1);
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
