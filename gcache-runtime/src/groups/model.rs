//! Models: rows that know which groups they are in.

use super::guard::Guard;
use super::{Group, Groups, Invalidated, Rows, Visitor, invalidate, whole};
use crate::catch_drop::run_in_drop;
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
    /// The groups of a row's values, one for each index.
    #[doc(hidden)]
    type RowValues: Groups + Send + 'static;

    /// The key of this row.
    #[doc(hidden)]
    fn row_key(&self) -> Self::Key;

    /// The groups of its values.
    #[doc(hidden)]
    fn row_values(&self) -> Self::RowValues;

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
        invalidate(self)
    }

    /// Invalidates all that depends on any of these rows. A group that several of them are in, such as the
    /// model as a whole, is invalidated once.
    fn invalidate_many<'a>(rows: impl IntoIterator<Item = &'a Self>) -> Invalidated
    where
        Self: Sized + 'a,
    {
        invalidate(&rows.into_iter().collect::<Vec<_>>())
    }

    /// Invalidates all that depends on any row of the model.
    fn invalidate_all() -> Invalidated
    where
        Self: Sized,
    {
        invalidate(&whole::<Self>())
    }

    /// Opens the row to changes: the guard invalidates the groups of before and after when it is dropped.
    fn edit(&mut self) -> Edit<'_, Self>
    where
        Self: Sized,
    {
        Edit { change: Some(Guard::change(self)), row: self }
    }

    /// Leads `visitor` to this row, as a value that depends on it, or as one that changes.
    #[doc(hidden)]
    fn accept_row(&self, visitor: &mut Visitor<'_>)
    where
        Self: Sized,
    {
        match visitor {
            Visitor::Collect(dependencies) => {
                Self::generations().collect_member_into(&self.row_key(), dependencies);
            }
            // Where the `Clone` of one of its keys panics, the whole model is invalidated.
            Visitor::Invalidate(invalidation) => Self::generations()
                .invalidate_parts(invalidation, |it| Row::of(self).invalidate_in(it)),
            Visitor::Name(_) => Row::of(self).accept(visitor),
        }
    }
}

/// The groups of one row: its key, its values, and the model as a whole.
pub struct Row<M: Invalidates> {
    key: M::Key,
    values: M::RowValues,
}

impl<M: Invalidates> Row<M> {
    /// The groups that `row` is in now.
    pub(super) fn of(row: &M) -> Self {
        Self { key: row.row_key(), values: row.row_values() }
    }
}

impl<M: Invalidates> Groups for Row<M> {
    fn accept(&self, visitor: &mut Visitor<'_>) {
        let (generations, Self { key, values }) = (M::generations(), self);
        match visitor {
            Visitor::Collect(dependencies) => generations.collect_member_into(key, dependencies),
            Visitor::Invalidate(invalidation) => generations.invalidate_parts(invalidation, |it| {
                generations.invalidate_key(key, it);
                values.invalidate_in(it);
            }),
            Visitor::Name(names) => {
                names.push(generations.name(), generations, key.clone());
                values.accept(visitor);
            }
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
    change: Option<Guard<M, Row<M>>>,
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
            run_in_drop(|| change.finish(&*self.row));
        }
    }
}
