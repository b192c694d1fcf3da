//! Groups: what values depend on and changes touch.

use crate::generations::dependency_set::DependencySet;
use crate::generations::invalidation::{Invalidated, Invalidation};
use crate::generations::keyed::{AnyKeyed, Key};
use crate::generations::model::ModelGenerations;
use crate::groups::names::GroupNames;
use crate::key::{IntoKey, IntoParts};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// A group of the program: a model, or what [`group!`](https://docs.rs/gcache) declares.
///
/// `#[derive(Invalidates)]` and `group!` implement it; write no implementation by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no group",
    label = "not a group",
    note = "derive `gcache::Invalidates` for a model, or declare a group with `gcache::group!`"
)]
pub trait Group: 'static {
    /// What names one member.
    type Key: Key;

    /// The group itself. What is no group has none, which leaves the compiler nothing else to report
    /// about it.
    #[doc(hidden)]
    type Itself: Group<Key = Self::Key>;

    /// The ledger of the group's living generations.
    #[doc(hidden)]
    fn ledger() -> &'static ModelGenerations<Self::Key>;
}

/// The ledger of the group `G`. A key that cannot be one is reported by `G` itself, and not again.
pub const fn ledger<G: Group>(
    name: &'static str,
    indexes: &'static [&'static dyn AnyKeyed],
) -> ModelGenerations<G::Key> {
    ModelGenerations::new(name, indexes)
}

/// The key of a group without members: no value has this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoKey {}

/// Ends all that depends on the group `G` or on any member of it.
pub fn invalidate_all<G: Group>() -> Invalidated {
    Invalidation::run(|invalidation| G::ledger().end_all(invalidation))
}

/// Ends all that depends on `groups`.
///
/// A function for crates that build on this one; programs write `gcache::invalidate!`.
///
/// ```
/// use gcache::{invalidate, tag};
///
/// let invalidated = invalidate(&(tag("movies"), tag("genre: drama")));
/// assert_eq!(invalidated.count(), 0); // nothing depended on them
/// ```
pub fn invalidate(groups: &(impl Groups + ?Sized)) -> Invalidated {
    Invalidation::run(|invalidation| groups.end(invalidation))
}

/// Groups by value: one of [`whole`], [`member`], [`by_index`](crate::by_index) and [`tag`], a tuple or a
/// `Vec` of such, or a [`GroupList`](crate::GroupList). `()` is none.
///
/// Write no implementation by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` names no groups",
    label = "not a group by value",
    note = "write `whole::<Book>()`, `member::<Book>(key)`, `by_index::<Book, _>(..)` or `tag(\"..\")`, \
            or a tuple of them"
)]
pub trait Groups {
    /// Adds their living generations to `dependencies`.
    #[doc(hidden)]
    fn take(&self, dependencies: &mut DependencySet);

    /// Ends them as part of `invalidation`.
    #[doc(hidden)]
    fn end(&self, invalidation: &mut Invalidation);

    /// Adds a name for each of them, by which lists of groups are compared.
    #[doc(hidden)]
    fn name(&self, names: &mut GroupNames);
}

/// The group of a whole model.
#[derive(Debug)]
pub struct Whole<G>(std::marker::PhantomData<fn() -> G>);

/// Any change of any member of `G`.
///
/// ```
/// use gcache::{Tag, invalidate, whole};
///
/// invalidate(&whole::<Tag>()); // every tag there is
/// ```
pub fn whole<G: Group>() -> Whole<G::Itself> {
    Whole(std::marker::PhantomData)
}

impl<G: Group> Groups for Whole<G> {
    fn take(&self, dependencies: &mut DependencySet) {
        G::ledger().take_whole(dependencies);
    }

    fn end(&self, invalidation: &mut Invalidation) {
        G::ledger().end_all(invalidation);
    }

    fn name(&self, names: &mut GroupNames) {
        names.add(G::ledger(), ());
    }
}

/// The group of one member.
#[derive(Debug)]
pub struct Member<G: Group>(G::Key);

/// The member of `G` that `key` names.
///
/// The key comes by value, by reference or, for a `String`, as `&str`.
///
/// ```
/// use gcache::{Tag, invalidate, member};
///
/// invalidate(&member::<Tag>("movies")); // what `invalidate_tag("movies")` does
/// ```
pub fn member<G: Group>(key: impl IntoKey<G::Key>) -> Member<G::Itself> {
    Member(key.into_key())
}

/// The member that the parts of a compound key name.
pub fn member_of_parts<G: Group>(parts: impl IntoParts<G::Key>) -> Member<G::Itself> {
    Member(parts.into_parts())
}

impl<G: Group> Groups for Member<G> {
    fn take(&self, dependencies: &mut DependencySet) {
        G::ledger().take_member(&self.0, dependencies);
    }

    fn end(&self, invalidation: &mut Invalidation) {
        G::ledger().end_member(&self.0, invalidation);
    }

    fn name(&self, names: &mut GroupNames) {
        names.add(G::ledger(), self.0.clone());
    }
}

impl Groups for () {
    fn take(&self, _: &mut DependencySet) {}

    fn end(&self, _: &mut Invalidation) {}

    fn name(&self, _: &mut GroupNames) {}
}

impl<First: Groups, Rest: Groups> Groups for (First, Rest) {
    fn take(&self, dependencies: &mut DependencySet) {
        self.0.take(dependencies);
        self.1.take(dependencies);
    }

    fn end(&self, invalidation: &mut Invalidation) {
        // A key of the user's that panics takes no other group's end with it.
        let first = catch_unwind(AssertUnwindSafe(|| self.0.end(invalidation)));
        self.1.end(invalidation);
        first.unwrap_or_else(|panic| resume_unwind(panic));
    }

    fn name(&self, names: &mut GroupNames) {
        self.0.name(names);
        self.1.name(names);
    }
}

/// The group of all free tags; `Tag("movies")` is one of them, and `"movies"` its short form.
///
/// ```
/// use gcache::{Group, Tag};
///
/// fn key_of<G: Group<Key = String>>() {}
/// key_of::<Tag>();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {}

#[diagnostic::do_not_recommend]
impl Group for Tag {
    type Key = String;
    type Itself = Self;

    fn ledger() -> &'static ModelGenerations<String> {
        static LEDGER: ModelGenerations<String> = ModelGenerations::new("tag", &[]);
        &LEDGER
    }
}

/// Ends all that depends on the free tag `tag`.
///
/// ```
/// gcache::invalidate_tag("movies");
/// gcache::invalidate_tag(String::from("movies"));
/// ```
pub fn invalidate_tag(tag: impl IntoKey<String>) -> Invalidated {
    invalidate(&member::<Tag>(tag))
}

/// The free tag `tag`, as a group by value.
///
/// ```
/// use gcache::{Cached, tag};
///
/// let counts: Cached<(), u64> = Cached::new("docs::counts");
/// let count = counts.get_with(&(), || tag("movies"), || 3_201);
/// assert_eq!(count.value, 3_201);
/// ```
pub fn tag(tag: impl IntoKey<String>) -> Member<Tag> {
    member::<Tag>(tag)
}
