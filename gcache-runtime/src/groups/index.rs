//! Index groups: the members of a model that share the value of some fields.

use super::{Group, GroupNames, Groups, Invalidation};
use crate::generations::{DependencySet, ErasedKeyed, Key, KeyedGenerations};
use crate::key::{IntoKey, IntoParts};

/// One index of a model: the living generations by value.
///
/// Where some rows with a value changed in place, and it is not known which, these groups are invalidated:
///
/// | group | invalidated |
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
    /// The indexes that share no fields with this one, or not all of either's.
    unrelated: &'static [&'static dyn ErasedKeyed],
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
    pub collect: fn(&I::Value, &mut DependencySet),
    /// Invalidates their groups for a value.
    pub invalidate: fn(&I::Value, &mut Invalidation),
}

impl<I: IndexBy> Index<I> {
    /// An index without generations.
    pub const fn new(
        narrower: Narrower<I>,
        unrelated: &'static [&'static dyn ErasedKeyed],
    ) -> Self {
        Self {
            values: KeyedGenerations::new(),
            touches: KeyedGenerations::new(),
            narrower,
            unrelated,
        }
    }

    /// The generations of its values.
    pub const fn values(&'static self) -> &'static dyn ErasedKeyed {
        &self.values
    }

    /// Adds the touch of `value`, on behalf of a wider index.
    pub fn collect_touch_into(&'static self, value: &I::Value, dependencies: &mut DependencySet) {
        self.touches.collect_key_into(value, dependencies);
    }

    /// Invalidates the group of `value` and nothing else.
    pub fn invalidate_value(&'static self, value: &I::Value, invalidation: &mut Invalidation) {
        invalidation.apply_to_key(&self.values, value);
    }

    fn collect_value_into(&'static self, value: &I::Value, dependencies: &mut DependencySet) {
        self.values.collect_key_into(value, dependencies);
        // mutant: wider-index-not-told
        (self.narrower.collect)(value, dependencies);
    }

    /// Invalidates what may depend on some rows that have `value`.
    fn invalidate_some(&'static self, value: &I::Value, invalidation: &mut Invalidation) {
        invalidation.apply_to_key(&self.values, value);
        invalidation.apply_to_key(&self.touches, value);
        (self.narrower.invalidate)(value, invalidation);
        self.unrelated.iter().for_each(|index| invalidation.apply_to_keys(*index));
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
    /// Whether it is the value of a row that names all its groups: then an invalidation leaves other groups alone.
    of_row: bool,
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
    By { index, value: value.into_key(), of_row: false, group: std::marker::PhantomData }
}

/// The members that have these values of a compound index.
pub fn by_parts<G: Indexed, I: IndexBy>(
    index: &'static Index<I>,
    parts: impl IntoParts<I::Value>,
) -> By<G::Itself, I> {
    By { index, value: parts.into_parts(), of_row: false, group: std::marker::PhantomData }
}

impl<G: Group, I: IndexBy> By<G, I> {
    /// The value of a row that names its other groups, too.
    #[doc(hidden)]
    pub fn of_row(index: &'static Index<I>, value: I::Value) -> Self {
        Self { index, value, of_row: true, group: std::marker::PhantomData }
    }
}

impl<G: Group, I: IndexBy> Groups for By<G, I> {
    fn collect_into(&self, dependencies: &mut DependencySet) {
        G::generations().register();
        self.index.collect_value_into(&self.value, dependencies);
    }

    fn invalidate_in(&self, invalidation: &mut Invalidation) {
        if self.of_row {
            return self.index.invalidate_value(&self.value, invalidation);
        }
        G::generations().invalidate_some(invalidation, |invalidation| {
            self.index.invalidate_some(&self.value, invalidation);
        });
    }

    fn name_in(&self, names: &mut GroupNames) {
        names.push(G::generations().name(), self.index, self.value.clone());
    }
}

impl<G, I: IndexBy> Clone for By<G, I> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), ..*self }
    }
}

impl<G: Group, I: IndexBy<Value: std::fmt::Debug>> std::fmt::Debug for By<G, I> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("By").field(&G::generations().name()).field(&self.value).finish()
    }
}
