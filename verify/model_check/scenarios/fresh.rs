//! Promise 1: a call that starts after an invalidation has returned never gets what was computed before it.

use super::super::explore::{Search, explore};
use super::super::world::{
    Book, Row, invalidate_all, invalidation, row, together, view, view_by, with,
};
use crate::Cached;
use crate::groups::{invalidate, invalidate_tag, member};
use crate::sync::{Arc, Sleeper};
use std::sync::LazyLock;
use std::sync::atomic::Ordering;
use std::task::Wake as _;

/// `reads` on one thread against a write, followed by `invalidate`, on another; `before` both.
fn against_write<R: 'static>(name: &str, before: fn(&Row), reads: fn(&Row), invalidate: fn() -> R) {
    explore(name, Search::Preemptions(3), move || {
        let row = row();
        before(&row);
        together([with(&row, reads), with(&row, move |row| row.write(1, invalidate))]);
        assert_eq!(row.check_kept(view), 1);
    });
}

fn nothing(_: &Row) {}

fn cached(row: &Row) {
    view(row);
}

fn two_reads(row: &Row) {
    row.check(view);
    row.check(view);
}

#[test]
fn model_read_against_invalidation() {
    against_write("read against invalidation", nothing, two_reads, invalidation);
}

#[test]
fn model_end_of_the_model() {
    let name = "read against the end of the model";
    against_write(name, nothing, two_reads, invalidate_all::<Book>);
}

/// `CACHED.get_with(&1, ..)`, which depends on its key and on nothing else.
fn of_key(row: &Row) -> u64 {
    CACHED.get_with(&1, || (), || row.read()).value
}

static CACHED: LazyLock<Cached<u32, u64>> = LazyLock::new(|| Cached::new("of key"));

#[test]
fn model_key_of_a_memo() {
    explore("read against the invalidation of its key", Search::Preemptions(3), || {
        let row = row();
        CACHED.invalidate(&1);
        together([
            with(&row, |row| {
                row.check(of_key);
                row.check(of_key);
            }),
            with(&row, |row| row.write(1, || CACHED.invalidate(&1))),
        ]);
        assert_eq!(row.check_kept(of_key), 1);
    });
}

#[test]
fn model_local_hits_against_invalidation() {
    let reads = |row: &Row| {
        // From the map, then from the thread-local cache.
        row.check(view);
        two_reads(row);
    };
    against_write("hits of the local cache against invalidation", cached, reads, invalidation);
}

/// As above, between two sweeps of the thread's cache, one of which follows each second hit: it would drop the entry
/// before a hit could find it ended.
#[test]
fn model_local_hits_between_sweeps() {
    let reads = |row: &Row| {
        // From the map; from the local cache, and a sweep.
        two_reads(row);
        // Validated again, since the epoch has advanced; and not.
        invalidate_tag("another");
        two_reads(row);
    };
    against_write("hits of the local cache between two sweeps", cached, reads, invalidation);
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
