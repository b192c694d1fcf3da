//! Promise 5, and dependencies that are learned late.

use super::super::explore::{Search, explore};
use super::super::world::{bump, bump_page, list, page, row, together, view, with};

#[test]
fn model_nested_call() {
    explore("nested call against bump", Search::Preemptions(2), || {
        let row = row();
        together([
            with(&row, |row| row.check(page)),
            with(&row, |row| {
                row.write(1, bump);
                row.check(page);
            }),
        ]);
        assert_eq!(row.check_kept(page), 1);
    });
}

#[test]
fn model_nested_hit() {
    explore("nested hit against bump", Search::Preemptions(2), || {
        let row = row();
        view(&row);
        together([with(&row, |row| row.check(page)), with(&row, |row| row.write(1, bump))]);
        assert_eq!(row.check_kept(page), 1);
    });
}

#[test]
fn model_nested_join() {
    explore("nested join against bump", Search::Preemptions(2), || {
        let row = row();
        together([
            with(&row, |row| row.check(page)),
            with(&row, |row| row.check(view)),
            with(&row, |row| row.write(1, bump)),
        ]);
        assert_eq!(row.check_kept(page), 1);
    });
}

#[test]
fn model_outer_bump() {
    explore("bumps of outer and inner", Search::Preemptions(2), || {
        let row = row();
        together([
            with(&row, |row| row.check(page)),
            with(&row, |row| {
                bump_page();
                row.write(1, bump);
                row.check(page);
            }),
        ]);
        assert_eq!(row.check_kept(page), 1);
    });
}

#[test]
fn model_late_dependency() {
    explore("late dependency against bump", Search::Preemptions(3), || {
        let row = row();
        together([with(&row, |row| row.check(list)), with(&row, |row| row.write(1, bump))]);
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
                row.write(1, bump);
                assert_eq!(row.check(list), 1);
            }),
        ]);
    });
}
