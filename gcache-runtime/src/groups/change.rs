//! Guards behind `#[invalidates]`: what a function may have changed ends, however it turns out.

use crate::generations::invalidation::Invalidation;
use crate::groups::group::Groups;
use crate::groups::model::{Invalidates, Row};
use crate::groups::rows::Rows;
use crate::groups::watch::{Body, Guard};

/// Ends groups that were named at entry, when dropped.
pub struct OnLeaving<G: Groups> {
    groups: G,
    body: Body,
}

/// Ends `groups`, when dropped.
pub fn on_leaving<G: Groups>(groups: G) -> OnLeaving<G> {
    OnLeaving { groups, body: Body::default() }
}

/// Ends the groups of the row as it was at entry, when dropped.
pub fn on_leaving_row<M: Invalidates>(row: &M) -> OnLeaving<Row<M>> {
    on_leaving(Row::of(row))
}

impl<G: Groups> Guard for OnLeaving<G> {
    fn body(&mut self) -> &mut Body {
        &mut self.body
    }
}

impl<G: Groups> Drop for OnLeaving<G> {
    fn drop(&mut self) {
        Invalidation::run_after(self.body.is_unfinished(), |invalidation| {
            self.groups.end(invalidation)
        });
    }
}

/// An insert: ends the groups of the returned rows, or, where nothing is returned, by a panic or a
/// cancelled future, the models whose rows there might have been.
pub struct Insert<R: Rows> {
    open: bool,
    body: Body,
    rows: std::marker::PhantomData<fn() -> R>,
}

/// Before the rows are there.
pub fn begin_insert<R: Rows>() -> Insert<R> {
    Insert { open: true, body: Body::default(), rows: std::marker::PhantomData }
}

/// Ends the groups of the rows that are there now.
pub fn end_insert<R: Rows>(mut insert: Insert<R>, rows: &R) {
    // mutant: insert-invalidates-nothing
    Invalidation::run(|invalidation| rows.end(invalidation));
    insert.open = false;
}

impl<R: Rows> Guard for Insert<R> {
    fn body(&mut self) -> &mut Body {
        &mut self.body
    }
}

impl<R: Rows> Drop for Insert<R> {
    fn drop(&mut self) {
        if self.open {
            Invalidation::run_after(self.body.is_unfinished(), R::end_unknown);
        }
    }
}
