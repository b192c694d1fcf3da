//! Models: rows that know which groups they are in, and guards around functions that change rows.

use super::watch::{Body, Guard};
use super::{Group, GroupNames, Groups, Invalidated, Invalidation, Rows, invalidate_all};
use crate::catch_drop::run_in_drop;
use crate::generations::DependencySet;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// A model: a type whose values are members of its group.
///
/// Comes with `#[derive(Invalidates)]`; write no implementation by hand. Bring it into scope for its
/// methods, as `use gcache::Invalidates` does.
///
/// ```
/// use gcache::Invalidates;
///
/// fn saved<M: Invalidates>(row: &M) {
///     row.invalidate();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no model",
    label = "does not derive `Invalidates`",
    note = "derive `gcache::Invalidates` for it, or name the groups that change, as in \
            `#[invalidates(Book, key = pk)]`"
)]
pub trait Invalidates: Group + Rows {
    /// The groups of one row: its key, and its value of each index.
    #[doc(hidden)]
    type Touched: Groups + Send + 'static;

    /// The groups that this row is in, but for the model as a whole.
    #[doc(hidden)]
    fn touched(&self) -> Self::Touched;

    /// The names of the fields that make the key.
    #[doc(hidden)]
    fn key_fields() -> &'static [&'static str];

    /// The names of the fields that some index is over. A change of no other moves a row from one group
    /// to another.
    #[doc(hidden)]
    fn indexed_fields() -> &'static [&'static str];

    /// Invalidates all that depends on this row: on its key, on its value of each index, and on the model
    /// as a whole.
    fn invalidate(&self) -> Invalidated
    where
        Self: Sized,
    {
        Invalidation::run(|invalidation| invalidate_row(self, invalidation))
    }

    /// Invalidates all that depends on any of these rows. A group that several of them are in, such as the
    /// model as a whole, is invalidated once.
    fn invalidate_many<'a>(rows: impl IntoIterator<Item = &'a Self>) -> Invalidated
    where
        Self: Sized + 'a,
    {
        let rows: Vec<&Self> = rows.into_iter().collect();
        Invalidation::run(|invalidation| {
            rows.iter().for_each(|row| invalidate_row(*row, invalidation));
        })
    }

    /// Invalidates all that depends on any row of the model.
    fn invalidate_all() -> Invalidated
    where
        Self: Sized,
    {
        invalidate_all::<Self>()
    }

    /// Opens the row to changes: the guard invalidates the groups of before and after when it is dropped.
    fn edit(&mut self) -> Edit<'_, Self>
    where
        Self: Sized,
    {
        Edit { change: Some(begin_change(self)), row: self }
    }
}

/// The groups of one row, the model as a whole among them.
pub struct Row<M: Invalidates>(M::Touched);

impl<M: Invalidates> Row<M> {
    /// The groups that `row` is in now.
    pub fn of(row: &M) -> Self {
        Self(row.touched())
    }
}

impl<M: Invalidates> Groups for Row<M> {
    fn collect_into(&self, dependencies: &mut DependencySet) {
        self.0.collect_into(dependencies);
    }

    fn invalidate_in(&self, invalidation: &mut Invalidation) {
        M::generations()
            .invalidate_parts(invalidation, |invalidation| self.0.invalidate_in(invalidation));
    }

    fn name_in(&self, names: &mut GroupNames) {
        self.0.name_in(names);
    }
}

/// Invalidates the groups that `row` is in now. Where the `Clone` of one of its keys panics, the model ends.
pub fn invalidate_row<M: Invalidates>(row: &M, invalidation: &mut Invalidation) {
    M::generations()
        .invalidate_parts(invalidation, |invalidation| row.touched().invalidate_in(invalidation));
}

/// A change of a row: invalidates the groups of before and after.
///
/// Dropped before [`finish_change`], by a panic or a cancelled future, it invalidates the whole model, since the
/// change may have got anywhere.
pub struct Change<M: Invalidates> {
    before: Option<Row<M>>,
    body: Body,
}

impl<M: Invalidates> Guard for Change<M> {
    fn body(&mut self) -> &mut Body {
        &mut self.body
    }
}

/// Notes the groups that the row is in.
pub fn begin_change<M: Invalidates>(row: &M) -> Change<M> {
    Change { before: Some(Row::of(row)), body: Body::default() }
}

/// Invalidates the groups of the row as it was and as it is.
pub fn finish_change<M: Invalidates>(mut change: Change<M>, row: &M) {
    let after = Row::of(row);
    if let Some(before) = change.before.take() {
        // mutant: new-row-forgotten
        // mutant: old-row-forgotten
        Invalidation::run(|invalidation| (before, after).invalidate_in(invalidation));
    }
}

impl<M: Invalidates> Drop for Change<M> {
    fn drop(&mut self) {
        if self.before.is_some() {
            // mutant: panic-invalidates-nothing
            Invalidation::run_after(self.body.is_unfinished(), |invalidation| {
                M::generations().invalidate_all(invalidation);
            });
        }
    }
}

/// A row that is being changed. Made by [`Invalidates::edit`].
///
/// Dereferences to the row. When it is dropped, also by a panic, it invalidates the groups of the row as it was and
/// as it is.
///
/// If its future is dropped at an `.await`, it invalidates them at that moment and leaves no
/// [doubt](crate::set_doubt): it does not know of a statement that the database goes on with. An async
/// `#[invalidates]` method does.
#[must_use = "what is changed through it invalidates its groups when it is dropped"]
pub struct Edit<'a, M: Invalidates> {
    row: &'a mut M,
    /// There until it is dropped.
    change: Option<Change<M>>,
}

impl<M: Invalidates + std::fmt::Debug> std::fmt::Debug for Edit<'_, M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Edit").field(&self.row).finish()
    }
}

impl<M: Invalidates> Deref for Edit<'_, M> {
    type Target = M;

    fn deref(&self) -> &M {
        self.row
    }
}

impl<M: Invalidates> DerefMut for Edit<'_, M> {
    fn deref_mut(&mut self) -> &mut M {
        self.row
    }
}

impl<M: Invalidates> Drop for Edit<'_, M> {
    fn drop(&mut self) {
        if let Some(change) = self.change.take() {
            run_in_drop(|| finish_change(change, &*self.row));
        }
    }
}

/// Invalidates groups that were named at entry, when dropped.
pub struct OnLeaving<G: Groups> {
    groups: G,
    body: Body,
}

/// Invalidates `groups`, when dropped.
pub fn on_leaving<G: Groups>(groups: G) -> OnLeaving<G> {
    OnLeaving { groups, body: Body::default() }
}

/// Invalidates the groups of the row as it was at entry, when dropped.
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
        run_in_drop(|| {
            Invalidation::run_after(self.body.is_unfinished(), |invalidation| {
                self.groups.invalidate_in(invalidation);
            });
        });
    }
}

/// An insert: invalidates the groups of the returned rows, or, where nothing is returned, by a panic or a cancelled
/// future, the models whose rows there might have been.
pub struct Insert<R: Rows> {
    open: bool,
    body: Body,
    rows: PhantomData<fn() -> R>,
}

/// Before the rows are there.
pub fn begin_insert<R: Rows>() -> Insert<R> {
    Insert { open: true, body: Body::default(), rows: PhantomData }
}

/// Invalidates the groups of the rows that are there now.
pub fn finish_insert<R: Rows>(mut insert: Insert<R>, rows: &R) {
    // mutant: insert-invalidates-nothing
    Invalidation::run(|invalidation| rows.invalidate_in(invalidation));
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
            Invalidation::run_after(self.body.is_unfinished(), R::invalidate_unknown);
        }
    }
}
