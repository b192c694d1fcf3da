//! Guards behind `#[invalidates]`: a change ends its groups, however it turns out.

use crate::bump::Bump;
use crate::group::Groups;
use crate::model::{Invalidates, Row};
use crate::rows::Rows;

/// A change of a row by a method: ends the groups of before and after.
///
/// Dropped before it is told what the row has become, by a panic or a cancelled future, it ends the
/// whole model, since the change may have got anywhere.
pub struct Change<M: Invalidates> {
    before: Option<Row<M>>,
}

/// Notes what the row is.
pub fn begin_change<M: Invalidates>(row: &M) -> Change<M> {
    Change { before: Some(Row::of(row)) }
}

/// Ends the groups of what the row was and of what it has become.
pub fn end_change<M: Invalidates>(mut change: Change<M>, row: &M) {
    let after = Row::of(row);
    if let Some(before) = change.before.take() {
        Bump::run(|bump| {
            before.end(bump);
            after.end(bump);
        });
    }
}

impl<M: Invalidates> Drop for Change<M> {
    fn drop(&mut self) {
        if self.before.is_some() {
            M::invalidate_all();
        }
    }
}

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
