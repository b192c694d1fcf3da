//! Promise 7, at any moment: young and promoted entries together are never more than the capacity, and the turn of a
//! young entry may come while it is evicted, invalidated, cleared or replaced. After each schedule the map, the slot
//! list and the policy are compared, and it is asked how many entries the map held at most: see `explore`.

use super::super::explore::{Search, explore};
use super::super::world::{Book, Row, Work, begin, row, together, with};
use crate::cache::REFUSES_NEWCOMERS;
use crate::groups::{Groups, invalidate, member};
use crate::private::{CallSite, Lookup};
use crate::returns::StoreAll;
use crate::sync::Arc;
use std::sync::atomic::Ordering;

/// A cached call in a memo of so many entries.
fn sized<const CAPACITY: u64, G: Groups>(
    site: &'static CallSite,
    row: &Row,
    key: u32,
    groups: impl FnOnce() -> G,
) -> u64 {
    match begin(site, StoreAll::<u64>::NEW, &key, groups, |config| config.capacity(CAPACITY)) {
        Lookup::Hit(value) => value,
        Lookup::Miss(miss) => miss.run(|| row.read()),
    }
}

/// `#[cache_against(Book(key), skip(row), capacity = 2)]`: one young entry and one that is promoted.
fn two(row: &Row, key: u32) -> u64 {
    static SITE: CallSite = CallSite::new("two");
    sized::<2, _>(&SITE, row, key, || (member::<Book>(key), ()))
}

/// The same, with capacities at which a sweep does not come as far as the last entry at once.
fn three(row: &Row, key: u32) -> u64 {
    static SITE: CallSite = CallSite::new("three");
    sized::<3, _>(&SITE, row, key, || (member::<Book>(key), ()))
}

fn four(row: &Row, key: u32) -> u64 {
    static SITE: CallSite = CallSite::new("four");
    sized::<4, _>(&SITE, row, key, || (member::<Book>(key), ()))
}

/// A thread that calls with each of `keys`.
fn calls<const N: usize>(row: &Arc<Row>, keys: [u32; N]) -> Work {
    with(row, move |row| {
        for key in keys {
            // Another key's value may be as old as it is.
            if key == 1 {
                row.check(|row| two(row, key))
            } else {
                two(row, key)
            };
        }
    })
}

/// The memo is full: 1 was used and has its turn before 2.
fn full() -> Arc<Row> {
    let row = row();
    for key in [1, 1, 2] {
        two(&row, key);
    }
    row
}

fn explore_window(name: &str, preemptions: usize, scenario: impl Fn() + Send + Sync + 'static) {
    explore(name, Search::Preemptions(preemptions), move || {
        REFUSES_NEWCOMERS.store(false, Ordering::Relaxed);
        scenario();
    });
}

#[test]
fn model_window_promotion_against_promotion() {
    explore_window("two turns at once, capacity 2", 2, || {
        let row = full();
        together([calls(&row, [3]), calls(&row, [4, 4])]);
    });
}

#[test]
fn model_window_promotion_against_eviction() {
    explore_window("promotions that evict each other, capacity 2", 2, || {
        let row = full();
        // 1 is promoted; 2 and 3 are to be, and either evicts what was before.
        (0..3).for_each(|_| assert_eq!(two(&row, 2), 0));
        (0..3).for_each(|_| assert_eq!(two(&row, 3), 0));
        together([calls(&row, [4]), calls(&row, [2, 5])]);
    });
}

#[test]
fn model_window_promotion_against_invalidation() {
    explore_window("a turn against invalidation and replacement, capacity 2", 2, || {
        let row = full();
        together([
            calls(&row, [3]),
            with(&row, |row| {
                row.write(1, || invalidate(&member::<Book>(1)));
                row.check(|row| two(row, 1));
            }),
        ]);
        two(&row, 3);
        let reads = row.reads();
        two(&row, 3);
        assert_eq!(row.reads(), reads, "the last one is kept");
    });
}

#[test]
fn model_window_room_of_the_swept() {
    explore_window("the room of a swept entry that is computed anew, capacity 2", 2, || {
        let row = row();
        // 1 is the last of the slot list: the sweep of the miss that computes it anew does not come as far.
        for key in [2, 1] {
            two(&row, key);
        }
        together([
            calls(&row, [3]),
            with(&row, |row| {
                row.write(1, || invalidate(&member::<Book>(1)));
                row.check(|row| two(row, 1));
            }),
        ]);
        row.check_kept(|row| two(row, 1));
    });
}

#[test]
fn model_window_promotion_against_clear() {
    explore_window("a turn against clear, capacity 2", 2, || {
        let row = full();
        together([
            calls(&row, [3]),
            with(&row, |row| row.write(1, || crate::of(two).clear().expect("it was called"))),
        ]);
        row.check_kept(|row| two(row, 4));
        crate::of(two).clear().expect("it was called");
        assert_eq!(crate::of(two).len(), 0, "left by clear");
    });
}

#[test]
fn model_window_replacement_of_unlisted() {
    explore_window("an entry is replaced before it is listed, capacity 2", 2, || {
        let row = row();
        together([
            calls(&row, [1]),
            with(&row, |row| {
                row.write(1, || invalidate(&member::<Book>(1)));
                row.check(|row| two(row, 1));
            }),
        ]);
        row.check_kept(|row| two(row, 1));
    });
}

#[test]
fn model_window_replacement_of_promoted() {
    explore_window("a promoted entry is computed anew, capacity 3", 2, || {
        let row = row();
        // 1 is promoted. It is the last of the slot list, where others have taken the places of 7 and 8.
        for key in [7, 8, 1, 1, 9, 10, 11] {
            three(&row, key);
        }
        together([
            with(&row, |row| {
                row.write(1, || invalidate(&member::<Book>(1)));
                row.check(|row| three(row, 1));
            }),
            with(&row, |row| three(row, 11)),
        ]);
        row.check_kept(|row| three(row, 1));
    });
}

#[test]
fn model_window_ended_are_not_promoted() {
    explore_window("the turn of an ended entry, capacity 4", 2, || {
        let row = row();
        // It is the turn of 1, which was used, and is the last of the slot list.
        for key in [7, 8, 9, 1, 1, 10, 11, 12] {
            four(&row, key);
        }
        together([
            with(&row, |row| {
                invalidate(&member::<Book>(1));
                four(row, 13);
            }),
            with(&row, |row| four(row, 12)),
        ]);
        let reads = row.reads();
        four(&row, 10);
        assert_eq!(row.reads(), reads, "it went before an ended one");
    });
}

#[test]
fn model_window_ended_are_first() {
    explore_window("ended entries before living ones, capacity 2", 2, || {
        let row = full();
        two(&row, 2);
        together([
            with(&row, |row| row.write(1, || invalidate(&member::<Book>(1)))),
            calls(&row, [2]),
        ]);
        two(&row, 3);
        let reads = row.reads();
        two(&row, 2);
        assert_eq!(row.reads(), reads, "it had no need to go");
    });
}
