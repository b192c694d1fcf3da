//! Index groups: the members of a model that share the value of some fields.

use super::group::{accept_panicked, own};
use super::{Group, Groups, Invalidation, Table, Visitor};
use crate::generations::{
    DependencySet, ErasedKeyed, GenerationCell, InvalidatedAt, Key, KeyedGenerations,
};
use crate::key::IntoKey;
use crate::links::{Address, Codec, GroupReport, NamedGroup, Part};
use std::any::Any;
use std::borrow::Cow;

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
    /// Leads a visitor to the groups of the indexes over some of the fields, on behalf of a value: see
    /// [`accept_wider`](Self::accept_wider).
    narrower: fn(&I::Value, &mut Visitor<'_>),
    /// The indexes that share no fields with this one, or not all of either's.
    unrelated: &'static [&'static dyn ErasedKeyed],
}

/// What an index is by, as a type that stands for it: so the one place where the compiler asks
/// whether a value can name a group is where that value's type is written.
pub trait IndexBy: 'static {
    /// The type of the values.
    type Value: Key;
}

/// A field of the model `M` that is no index of its own.
#[derive(Debug)]
pub struct NotIndexed<M>(std::marker::PhantomData<fn() -> M>);

impl<M> NotIndexed<M> {
    /// Stands where an index would.
    pub const NEW: Self = Self(std::marker::PhantomData);

    /// No index.
    pub fn index<I: IndexBy>(&self) -> &'static Index<I>
    where
        M: IndexedHere,
    {
        unreachable!("no type is `IndexedHere`")
    }
}

/// Implemented by nothing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no index over this field",
    label = "not an index",
    note = "mark the field with `#[group(index)]`; the key is written without the name of its field, as in \
            `Book(id)`"
)]
pub trait IndexedHere {}

impl<I: IndexBy> Index<I> {
    /// An index without generations, which other processes know by the names of its `model` and its `fields`, of a `table` if there
    /// is one.
    pub const fn new(
        model: &'static str,
        fields: &'static str,
        codec: Codec<I::Value>,
        table: Option<&'static Table>,
        narrower: fn(&I::Value, &mut Visitor<'_>),
        unrelated: &'static [&'static dyn ErasedKeyed],
    ) -> Self {
        let (shared, has_table) = (codec.is_shared(), table.is_some());
        let values = Address::new(model, Part::Index(Cow::Borrowed(fields)), shared, has_table);
        let touches = Address::new(model, Part::Touches(Cow::Borrowed(fields)), shared, has_table);
        Self {
            values: KeyedGenerations::at(values, codec),
            touches: KeyedGenerations::at(touches, codec),
            narrower,
            unrelated,
        }
    }

    /// This index, where a field may be one or not.
    #[doc(hidden)]
    pub const fn index(&'static self) -> &'static Self {
        self
    }

    /// The generations of its values.
    pub const fn values(&'static self) -> &'static dyn ErasedKeyed {
        self
    }

    /// Collects the touch of `value`, or invalidates the group of `value` alone, on behalf of a wider index.
    pub fn accept_wider(&'static self, value: &I::Value, visitor: &mut Visitor<'_>) {
        match visitor {
            Visitor::Collect(dependencies) => self.touches.collect_key_into(value, dependencies),
            Visitor::Invalidate(invalidation) => invalidation.apply_to_key(&self.values, value),
            Visitor::Name(_) => {}
        }
    }

    fn collect_value_into(&'static self, value: &I::Value, dependencies: &mut DependencySet) {
        self.values.collect_key_into(value, dependencies);
        // mutant: wider-index-not-told
        (self.narrower)(value, &mut Visitor::Collect(dependencies));
    }

    /// Invalidates what may depend on some rows that have `value`.
    fn invalidate_some(&'static self, value: &I::Value, invalidation: &mut Invalidation) {
        invalidation.apply_to_key(&self.values, value);
        invalidation.apply_to_key(&self.touches, value);
        (self.narrower)(value, &mut Visitor::Invalidate(invalidation));
        self.unrelated.iter().for_each(|index| invalidation.apply_to_keys(*index));
    }
}

/// The generations of its values, and of what wider indexes depend on.
impl<I: IndexBy> ErasedKeyed for Index<I> {
    fn whole(&self) -> &GenerationCell {
        self.values.whole()
    }

    fn end_erased(&self, key: &dyn Any, hash: u64, at: InvalidatedAt) -> bool {
        self.values.end_erased(key, hash, at)
    }

    fn named_erased(&self, key: &dyn Any) -> Option<NamedGroup> {
        self.values.named_erased(key)
    }

    fn end_named(&self, group: &NamedGroup, at: InvalidatedAt) -> bool {
        self.values.end_named(group, at) || self.touches.end_named(group, at)
    }

    fn name_of(&self, key: &dyn Any, counted: usize) -> Option<NamedGroup> {
        self.values.name_of(key, counted).or_else(|| self.touches.name_of(key, counted))
    }

    fn collect_named(&'static self, group: &NamedGroup, dependencies: &mut DependencySet) -> bool {
        let mut parts = [&self.values, &self.touches].into_iter();
        parts.any(|part| part.collect_named(group, dependencies))
    }

    fn end_everything(&self, at: InvalidatedAt) {
        self.values.end_everything(at);
        self.touches.end_everything(at);
    }

    fn report(&self, model: &'static str) -> GroupReport {
        self.values.report(model)
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

/// The group of the members that share the value of an index.
pub struct By<G, I: IndexBy> {
    index: &'static Index<I>,
    /// None where the `Clone` of the given one panicked.
    value: Option<I::Value>,
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
    let (index, value) = (index(G::indexes()), own(value));
    By { index, value, of_row: false, group: std::marker::PhantomData }
}

impl<G: Group, I: IndexBy> By<G, I> {
    /// The value of a row that names its other groups, too.
    #[doc(hidden)]
    pub fn of_row(index: &'static Index<I>, value: I::Value) -> Self {
        Self { index, value: Some(value), of_row: true, group: std::marker::PhantomData }
    }
}

impl<G: Group, I: IndexBy> Groups for By<G, I> {
    fn accept(&self, visitor: &mut Visitor<'_>) {
        let Some(value) = &self.value else { return accept_panicked::<G>(visitor) };
        let index = self.index;
        match visitor {
            Visitor::Collect(dependencies) => {
                G::generations().register();
                index.collect_value_into(value, dependencies);
            }
            Visitor::Invalidate(invalidation) if self.of_row => {
                invalidation.apply_to_key(&index.values, value);
            }
            Visitor::Invalidate(invalidation) => {
                G::generations()
                    .invalidate_some(invalidation, |it| index.invalidate_some(value, it));
            }
            Visitor::Name(names) => names.push(G::generations().name(), index, value.clone()),
        }
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
