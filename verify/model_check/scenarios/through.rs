//! Promise 5, and dependencies that are learned late.

use super::super::explore::{Search, explore};
use super::super::world::{invalidate_page, invalidation, list, page, row, together, view, with};

#[test]
fn model_nested_call() {
    explore("nested call against invalidation", Search::Preemptions(2), || {
        let row = row();
        together([
            with(&row, |row| row.check(page)),
            with(&row, |row| {
                row.write(1, invalidation);
                row.check(page);
            }),
        ]);
        assert_eq!(row.check_kept(page), 1);
    });
}

#[test]
fn model_nested_hit() {
    explore("nested hit against invalidation", Search::Preemptions(2), || {
        let row = row();
        view(&row);
        together([with(&row, |row| row.check(page)), with(&row, |row| row.write(1, invalidation))]);
        assert_eq!(row.check_kept(page), 1);
    });
}

#[test]
fn model_nested_join() {
    explore("nested join against invalidation", Search::Preemptions(2), || {
        let row = row();
        together([
            with(&row, |row| row.check(page)),
            with(&row, |row| row.check(view)),
            with(&row, |row| row.write(1, invalidation)),
        ]);
        assert_eq!(row.check_kept(page), 1);
    });
}

#[test]
fn model_outer_invalidation() {
    explore("invalidations of outer and inner", Search::Preemptions(2), || {
        let row = row();
        together([
            with(&row, |row| row.check(page)),
            with(&row, |row| {
                invalidate_page();
                row.write(1, invalidation);
                row.check(page);
            }),
        ]);
        assert_eq!(row.check_kept(page), 1);
    });
}

#[test]
fn model_late_dependency() {
    explore("late dependency against invalidation", Search::Preemptions(3), || {
        let row = row();
        together([with(&row, |row| row.check(list)), with(&row, |row| row.write(1, invalidation))]);
        assert_eq!(row.check_kept(list), 1);
    });
}

#[test]
fn model_late_dependency_joined() {
    explore("late dependency, joined by a late caller", Search::Preemptions(2), || {
        let row = row();
        together([
            with(&row, |row| row.check(list)),
            with(&row, |row| {
                row.write(1, invalidation);
                assert_eq!(row.check(list), 1);
            }),
        ]);
    });
}
