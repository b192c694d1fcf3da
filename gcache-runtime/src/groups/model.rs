//! Models: rows that know which groups they are in.

use crate::generations::dependency_set::DependencySet;
use crate::generations::invalidation::{Invalidated, Invalidation};
use crate::groups::group::{Group, Groups, invalidate_all};
use crate::groups::names::GroupNames;
use crate::groups::rows::Rows;
use crate::groups::watch::{Body, Guard};
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

    /// Ends all that depends on this row: on its key, on its value of each index, and on the model
    /// as a whole.
    fn invalidate(&self) -> Invalidated
    where
        Self: Sized,
    {
        let row = Row::of(self);
        Invalidation::run(|invalidation| row.end(invalidation))
    }

    /// Ends all that depends on any of these rows. A group that several of them are in, such as the
    /// model as a whole, ends once.
    fn invalidate_many<'a>(rows: impl IntoIterator<Item = &'a Self>) -> Invalidated
    where
        Self: Sized + 'a,
    {
        let rows: Vec<Row<Self>> = rows.into_iter().map(Row::of).collect();
        Invalidation::run(|invalidation| rows.iter().for_each(|row| row.end(invalidation)))
    }

    /// Ends all that depends on any row of the model.
    fn invalidate_all() -> Invalidated
    where
        Self: Sized,
    {
        invalidate_all::<Self>()
    }

    /// Opens the row to changes: the guard ends the groups of before and after when it is dropped.
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
    fn take(&self, dependencies: &mut DependencySet) {
        self.0.take(dependencies);
    }

    fn end(&self, invalidation: &mut Invalidation) {
        M::ledger().end(invalidation, |invalidation| self.0.end(invalidation));
    }

    fn name(&self, names: &mut GroupNames) {
        self.0.name(names);
    }
}

/// A change of a row: ends the groups of before and after.
///
/// Dropped before it is told what the row has become, by a panic or a cancelled future, it ends the
/// whole model, since the change may have got anywhere.
pub struct Change<M: Invalidates> {
    before: Option<Row<M>>,
    body: Body,
}

impl<M: Invalidates> Guard for Change<M> {
    fn body(&mut self) -> &mut Body {
        &mut self.body
    }
}

/// Notes what the row is.
pub fn begin_change<M: Invalidates>(row: &M) -> Change<M> {
    Change { before: Some(Row::of(row)), body: Body::default() }
}

/// Ends the groups of what the row was and of what it has become.
pub fn end_change<M: Invalidates>(mut change: Change<M>, row: &M) {
    let after = Row::of(row);
    if let Some(before) = change.before.take() {
        // mutant: new-row-forgotten
        // mutant: old-row-forgotten
        Invalidation::run(|invalidation| (before, (after, ())).end(invalidation));
    }
}

impl<M: Invalidates> Drop for Change<M> {
    fn drop(&mut self) {
        if self.before.is_some() {
            // mutant: panic-invalidates-nothing
            Invalidation::run_after(self.body.is_unfinished(), |invalidation| {
                M::ledger().end_all(invalidation)
            });
        }
    }
}

/// The key of a row of which everything is known.
pub struct KeyOf<M: Group>(M::Key);

impl<M: Group> KeyOf<M> {
    /// A row that has this key.
    pub fn new(key: M::Key) -> Self {
        Self(key)
    }
}

impl<M: Group> Groups for KeyOf<M> {
    fn take(&self, dependencies: &mut DependencySet) {
        M::ledger().take_member(&self.0, dependencies);
    }

    fn end(&self, invalidation: &mut Invalidation) {
        M::ledger().end_key(&self.0, invalidation);
    }

    fn name(&self, names: &mut GroupNames) {
        names.add(M::ledger(), self.0.clone());
    }
}

/// A row that is being changed. Made by [`Invalidates::edit`].
///
/// Dereferences to the row. When it is dropped, also by a panic, it ends the groups of the row as it
/// was and as it is.
///
/// PendingInvalidations across an `.await` and dropped there with its future, it ends them at that moment and leaves no
/// [doubt](crate::set_doubt): it knows nothing of a statement that the database goes on with. An async
/// `#[invalidates]` method does.
#[must_use = "what is changed through it ends its groups when it is dropped"]
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
            end_change(change, &*self.row);
        }
    }
}
