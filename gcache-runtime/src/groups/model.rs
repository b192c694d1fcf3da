//! Models: rows that know which groups they are in.

use super::group::accept_panicked;
use super::guard::Guard;
use super::{Group, Groups, Invalidated, Rows, Visitor, invalidate, whole};
use crate::catch_drop::run_in_drop;
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};

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

/// The groups of one row, by value: its key, its values of indexes `V`, and the model as a whole.
///
/// The function `row` of a group with fields makes it. To depend on it is to depend on its key.
///
/// ```
/// use gcache::{group, invalidate};
///
/// group!(Article(id: u64), index(author: u64));
///
/// // Leaves other articles and other authors valid.
/// assert_eq!(invalidate(&Article::row(7, 3)).count(), 0);
/// ```
pub struct Row<G: Group, V>(Option<(G::Key, V)>);

impl<M: Invalidates> Row<M, M::RowValues> {
    /// The groups that `row` is in now.
    pub(super) fn of(row: &M) -> Self {
        Self(Some((row.row_key(), row.row_values())))
    }
}

impl<G: Group, V> Row<G, V> {
    /// The groups of a row whose key and whose values these are. It has none where the `Clone` of one panics: the panic goes
    /// on where the row is used.
    #[doc(hidden)]
    pub fn of_values(values: impl FnOnce() -> (G::Key, V)) -> Self {
        Self(catch_unwind(AssertUnwindSafe(values)).ok())
    }
}

impl<G: Group, V: Clone> Clone for Row<G, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<G: Group<Key: std::fmt::Debug>, V> std::fmt::Debug for Row<G, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = self.0.as_ref().map(|(key, _)| key);
        f.debug_tuple("Row").field(&G::generations().name()).field(&key).finish()
    }
}

impl<G: Group, V: Groups> Groups for Row<G, V> {
    fn accept(&self, visitor: &mut Visitor<'_>) {
        let Some((key, values)) = &self.0 else { return accept_panicked::<G>(visitor) };
        let generations = G::generations();
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
    change: Option<Guard<M, Row<M, M::RowValues>>>,
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
