//! Promise 5, and dependencies that are learned late.

use super::super::explore::{Search, explore};
use super::super::world::{
    Row, invalidate_page, invalidation, list, page, row, together, view, with,
};
use crate::groups::invalidate_tag;

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

/// Ends a generation that no page depends on.
fn end_another(row: &Row) {
    list(row);
    invalidate_tag("list");
}

/// A page and its part remember how far both were seen alive, and the page the sum of their change counts.
fn looks_at_a_page(name: &str, before: fn(&Row)) {
    explore(name, Search::Preemptions(2), move || {
        let row = row();
        page(&row);
        for _ in 0..2 {
            end_another(&row);
            page(&row);
        }
        end_another(&row);
        before(&row);
        together([
            with(&row, |row| {
                row.check(page);
                row.check(page);
            }),
            with(&row, |row| row.check(view)),
            with(&row, |row| row.write(1, invalidation)),
        ]);
        assert_eq!(row.check_kept(page), 1);
    });
}

#[test]
fn model_looks_at_a_page() {
    looks_at_a_page("looks at a page and its part against invalidation", |_| ());
}

#[test]
fn model_looks_at_a_page_of_a_part_as_seen() {
    let name = "looks at a page, its part seen alive, against invalidation";
    looks_at_a_page(name, |row| {
        view(row);
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
