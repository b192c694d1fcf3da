//! Groups by value: what values depend on and changes touch.

use super::{GroupNames, Invalidated, Invalidation, ModelGenerations};
use crate::context;
use crate::generations::{DependencySet, Key};
use crate::key::IntoKey;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// A group of the program: a model, or what `group!` declares.
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

    /// The live generations of the group and of its members.
    #[doc(hidden)]
    fn generations() -> &'static ModelGenerations<Self::Key>;
}

/// The key of a group without members: no value has this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoKey {}

/// Invalidates all that depends on `groups`.
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
    Invalidation::run(|invalidation| groups.invalidate_in(invalidation))
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
    /// Leads `visitor` to each of them.
    #[doc(hidden)]
    fn accept(&self, visitor: &mut Visitor<'_>);

    /// Adds their live generations to `dependencies`.
    #[doc(hidden)]
    fn collect_into(&self, dependencies: &mut DependencySet) {
        self.accept(&mut Visitor::Collect(dependencies));
    }

    /// Invalidates them as part of `invalidation`.
    #[doc(hidden)]
    fn invalidate_in(&self, invalidation: &mut Invalidation) {
        self.accept(&mut Visitor::Invalidate(invalidation));
    }
}

/// What is done with each of some groups.
#[derive(Debug)]
pub enum Visitor<'a> {
    /// Adds its live generations.
    Collect(&'a mut DependencySet),
    /// Invalidates it.
    Invalidate(&'a mut Invalidation),
    /// Adds a name for it, by which lists of groups are compared.
    Name(&'a mut GroupNames),
}

/// The group of a whole model.
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
    fn accept(&self, visitor: &mut Visitor<'_>) {
        let generations = G::generations();
        match visitor {
            Visitor::Collect(dependencies) => generations.collect_whole_into(dependencies),
            Visitor::Invalidate(invalidation) => generations.invalidate_all(invalidation),
            Visitor::Name(names) => names.push(generations.name(), generations, ()),
        }
    }
}

impl<G> Clone for Whole<G> {
    fn clone(&self) -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<G: Group> std::fmt::Debug for Whole<G> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Whole").field(&G::generations().name()).finish()
    }
}

/// The group of one member.
///
/// It has no key where the `Clone` of the given one panicked.
pub struct Member<G: Group>(Option<G::Key>);

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
    Member(own(key))
}

/// The key itself, or none if its `Clone` panics: the panic goes on where the group is used.
pub(super) fn own<K>(key: impl IntoKey<K>) -> Option<K> {
    catch_unwind(AssertUnwindSafe(|| key.into_key())).ok()
}

/// Goes on with the panic of a key's `Clone`. Which group of `G` was meant will never be known.
#[cold]
pub(super) fn accept_panicked<G: Group>(visitor: &mut Visitor<'_>) {
    if let Visitor::Invalidate(invalidation) = visitor {
        G::generations().invalidate_all(invalidation);
    }
    panic!("the `Clone` of a key of {} panicked", G::generations().name());
}

impl<G: Group> Groups for Member<G> {
    fn accept(&self, visitor: &mut Visitor<'_>) {
        let Some(key) = &self.0 else { return accept_panicked::<G>(visitor) };
        let generations = G::generations();
        match visitor {
            Visitor::Collect(dependencies) => generations.collect_member_into(key, dependencies),
            Visitor::Invalidate(invalidation) => generations.invalidate_member(key, invalidation),
            Visitor::Name(names) => names.push(generations.name(), generations, key.clone()),
        }
    }
}

impl<G: Group> Clone for Member<G> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<G: Group<Key: std::fmt::Debug>> std::fmt::Debug for Member<G> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Member").field(&G::generations().name()).field(&self.0).finish()
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

    fn generations() -> &'static ModelGenerations<String> {
        static GENERATIONS: ModelGenerations<String> =
            ModelGenerations::new("tag", crate::__gcache_codec!(String), None, &[]);
        &GENERATIONS
    }
}

/// Invalidates all that depends on the free tag `tag`.
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

/// What became of a [`depends_on`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DependsOn {
    /// The cached body that is running depends on the groups from here on.
    Noted,
    /// No cached body is running here, so nothing depends on anything.
    NoBody,
}

/// Makes the cached body that is running here depend on `groups`: for what it finds on the way.
///
/// If one of them was invalidated since the body began, the body may have read data from before the invalidation: its
/// value is returned and not stored.
///
/// A function for crates that build on this one; programs write `gcache::depends_on!`.
///
/// ```
/// use gcache::{Cached, DependsOn, depends_on, invalidate_tag, tag};
///
/// let pages: Cached<u64, String> = Cached::new("docs::pages");
/// let page = || {
///     assert_eq!(depends_on(&tag("footer")), DependsOn::Noted);
///     "film 7".to_owned()
/// };
/// pages.get_with(&7, || tag("film 7"), page);
/// assert_eq!(invalidate_tag("footer").count(), 1);
/// assert_eq!(depends_on(&tag("footer")), DependsOn::NoBody);
/// ```
pub fn depends_on(groups: &(impl Groups + ?Sized)) -> DependsOn {
    let Some(frame) = context::current() else { return DependsOn::NoBody };
    // Collected outside of the frame's lock, since keys are the user's.
    let mut late = frame.late();
    groups.collect_into(&mut late);
    frame.note(|dependencies| dependencies.union(&late));
    DependsOn::Noted
}

/// Keeps the value of the cached body that is running here, and those of the bodies that use it, for `ttl` at
/// most: for what was read from a source that lags behind, such as a replica.
///
/// A function for crates that build on this one.
///
/// ```
/// use gcache::{Cached, expires_within, tag};
/// use std::time::Duration;
///
/// let pages: Cached<u64, &str> = Cached::new("docs::of_a_replica");
/// let page = || {
///     expires_within(Duration::ZERO);
///     "film 7"
/// };
/// pages.get_with(&7, || tag("film 7"), page);
/// assert!(!pages.get_with(&7, || tag("film 7"), page).is_hit());
/// ```
pub fn expires_within(ttl: Duration) {
    let moment = Instant::now().checked_add(ttl);
    context::with_frame(|frame| frame.note(|dependencies| dependencies.keep_until(moment)));
}
