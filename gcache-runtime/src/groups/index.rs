//! Index groups: the members of a model that share the value of some fields.

use crate::generations::dependency_set::DependencySet;
use crate::generations::invalidation::Invalidation;
use crate::generations::keyed::{AnyKeyed, Key, KeyedGenerations};
use crate::groups::group::{Group, Groups};
use crate::groups::names::GroupNames;
use crate::key::{IntoKey, IntoParts};

/// One index of a model: the living generations by value.
///
/// Where some rows with a value changed in place, and it is not known which, groups end as follows:
///
/// | group | ends |
/// | --- | --- |
/// | this value of this index | yes |
/// | other values of this index | no: their rows have another value, and still have it |
/// | an index over some of the fields | for the same values of them |
/// | an index over these fields and more | for the same values of these, whatever the others are |
/// | any other index, all keys, the model | yes, whole |
///
/// The last line but one is why an entry that depends on a wider index also depends on a *touch* of
/// each narrower one.
pub struct Index<I: IndexBy> {
    values: KeyedGenerations<I::Value>,
    /// What wider indexes depend on, by the value of this one.
    touches: KeyedGenerations<I::Value>,
    narrower: Narrower<I>,
    /// The families that share no fields with this one, or not all of either's.
    unrelated: &'static [&'static dyn AnyKeyed],
}

/// What an index is by, as a type that stands for it: so the one place where the compiler asks
/// whether a value can name a group is where that value's type is written.
pub trait IndexBy: 'static {
    /// The type of the values.
    type Value: Key;
}

/// What the indexes over some of an index's fields have to do with it.
pub struct Narrower<I: IndexBy> {
    /// Adds their touches for a value.
    pub take: fn(&I::Value, &mut DependencySet),
    /// Ends their groups for a value.
    pub end: fn(&I::Value, &mut Invalidation),
}

impl<I: IndexBy> Index<I> {
    /// An index without generations.
    pub const fn new(narrower: Narrower<I>, unrelated: &'static [&'static dyn AnyKeyed]) -> Self {
        Self {
            values: KeyedGenerations::new(),
            touches: KeyedGenerations::new(),
            narrower,
            unrelated,
        }
    }

    /// Adds the touch of `value`, on behalf of a wider index.
    pub fn take_touch(&'static self, value: &I::Value, dependencies: &mut DependencySet) {
        self.touches.take(value, dependencies);
    }

    /// Ends the group of `value` and nothing else.
    pub fn end_value(&'static self, value: &I::Value, invalidation: &mut Invalidation) {
        self.values.end(value, invalidation);
    }

    fn take(&'static self, value: &I::Value, dependencies: &mut DependencySet) {
        self.values.take(value, dependencies);
        // mutant: wider-index-not-told
        (self.narrower.take)(value, dependencies);
    }

    /// Ends what may depend on some rows that have `value`.
    fn end_some(&'static self, value: &I::Value, invalidation: &mut Invalidation) {
        self.values.end(value, invalidation);
        self.touches.end(value, invalidation);
        (self.narrower.end)(value, invalidation);
        self.unrelated.iter().for_each(|family| family.end_all(invalidation));
    }
}

impl<I: IndexBy> AnyKeyed for Index<I> {
    fn end_all(&'static self, invalidation: &mut Invalidation) {
        self.values.end_all(invalidation);
    }

    fn living(&self) -> usize {
        self.values.living()
    }

    fn ended(&self) -> u64 {
        self.values.ended()
    }
}

/// A model with its indexes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no indexes",
    label = "not a model",
    note = "indexes are declared with `#[group(index)]` on a field of a model that derives \
            `gcache::Invalidates`"
)]
pub trait Indexed: Group {
    /// A field for each index, named after its fields in alphabetical order.
    type Indexes: 'static;

    /// The indexes.
    fn indexes() -> &'static Self::Indexes;
}

/// The indexes of a model.
pub fn indexes<G: Indexed>() -> &'static G::Indexes {
    G::indexes()
}

/// The group of the members that share the value of an index.
pub struct By<G, I: IndexBy> {
    index: &'static Index<I>,
    value: I::Value,
    group: std::marker::PhantomData<fn() -> G>,
}

/// The members of `G` that have `value` in one of its indexes, which the closure picks by the name of its
/// field; a compound one goes by the names of its fields in alphabetical order,
/// `author_and_status`, and has a tuple of values in the same order.
///
/// A function for crates that build on this one; elsewhere groups are written as `Book(author = 3)`.
///
/// ```
/// use gcache::Invalidates;
/// use gcache::{Cached, by_index};
///
/// #[derive(Invalidates)]
/// struct Book {
///     id: u64,
///     #[group(index)]
///     author: u64,
/// }
///
/// let books: Cached<u64, Vec<u64>> = Cached::new("docs::books_of");
/// books.get_with(&3, || by_index::<Book, _>(|book| &book.author, 3), || vec![7, 8]);
/// assert!(Book { id: 7, author: 3 }.invalidate().count() > 0);
/// ```
pub fn by_index<G: Indexed, I: IndexBy>(
    index: impl FnOnce(&'static G::Indexes) -> &'static Index<I>,
    value: impl IntoKey<I::Value>,
) -> By<G::Itself, I> {
    by::<G, I>(index(G::indexes()), value)
}

/// The members that have `value`.
pub fn by<G: Indexed, I: IndexBy>(
    index: &'static Index<I>,
    value: impl IntoKey<I::Value>,
) -> By<G::Itself, I> {
    By { index, value: value.into_key(), group: std::marker::PhantomData }
}

/// The members that have these values of a compound index.
pub fn by_parts<G: Indexed, I: IndexBy>(
    index: &'static Index<I>,
    parts: impl IntoParts<I::Value>,
) -> By<G::Itself, I> {
    By { index, value: parts.into_parts(), group: std::marker::PhantomData }
}

impl<G: Group, I: IndexBy> Groups for By<G, I> {
    fn take(&self, dependencies: &mut DependencySet) {
        G::ledger().register();
        self.index.take(&self.value, dependencies);
    }

    fn end(&self, invalidation: &mut Invalidation) {
        G::ledger()
            .end_some(invalidation, |invalidation| self.index.end_some(&self.value, invalidation));
    }

    fn name(&self, names: &mut GroupNames) {
        names.add(self.index, self.value.clone());
    }
}

/// The value of an index that a row is known to have.
pub struct Known<I: IndexBy> {
    index: &'static Index<I>,
    value: I::Value,
}

impl<I: IndexBy> Known<I> {
    /// A row that has `value`.
    pub fn new(index: &'static Index<I>, value: I::Value) -> Self {
        Self { index, value }
    }
}

impl<I: IndexBy> Groups for Known<I> {
    fn take(&self, dependencies: &mut DependencySet) {
        self.index.take(&self.value, dependencies);
    }

    fn end(&self, invalidation: &mut Invalidation) {
        self.index.end_value(&self.value, invalidation);
    }

    fn name(&self, names: &mut GroupNames) {
        names.add(self.index, self.value.clone());
    }
}
