//! Guards behind `#[invalidates]`: what a function may have changed ends, however it turns out.

use crate::bump::Bump;
use crate::group::Groups;
use crate::model::{Invalidates, Row};
use crate::rows::Rows;

/// Ends groups that were named at entry, when dropped.
pub struct OnLeaving<G: Groups>(pub G);

/// Ends the groups of the row as it was at entry, when dropped.
pub fn on_leaving<M: Invalidates>(row: &M) -> OnLeaving<Row<M>> {
    OnLeaving(Row::of(row))
}

impl<G: Groups> Drop for OnLeaving<G> {
    fn drop(&mut self) {
        Bump::run(|bump| self.0.end(bump));
    }
}

/// An insert: ends the groups of the returned rows, or, where nothing is returned, by a panic or a
/// cancelled future, the models whose rows there might have been.
pub struct Insert<R: Rows> {
    open: bool,
    rows: std::marker::PhantomData<fn() -> R>,
}

/// Before the rows are there.
pub fn begin_insert<R: Rows>() -> Insert<R> {
    Insert { open: true, rows: std::marker::PhantomData }
}

/// Ends the groups of the rows that are there now.
pub fn end_insert<R: Rows>(mut insert: Insert<R>, rows: &R) {
    Bump::run(|bump| rows.end(bump));
    insert.open = false;
}

impl<R: Rows> Drop for Insert<R> {
    fn drop(&mut self) {
        if self.open {
            Bump::run(R::end_unknown);
        }
    }
}
