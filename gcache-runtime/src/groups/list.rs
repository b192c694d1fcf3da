//! Groups in a list that is made at run time, and the names by which lists are compared.

use super::{Groups, Visitor};
use crate::generations::{ErasedKey, Key};
use crate::sync::Arc;
use std::any::Any;
use std::hash::{Hash, Hasher};

/// Groups of any kinds in a list that is made at run time. Cheap to clone.
///
/// ```
/// use gcache::{Cached, GroupList, invalidate_tag, tag};
///
/// let groups: GroupList = ["movies", "genres"].into_iter().map(tag).collect();
/// let menu: Cached<(), String> = Cached::new("docs::menu");
/// menu.get_with(&(), || groups.clone(), || "Drama, Comedy".to_owned());
/// assert_eq!(invalidate_tag("genres").count(), 1);
/// ```
#[derive(Clone, Default)]
pub struct GroupList(Vec<Arc<dyn Groups + Send + Sync>>);

impl GroupList {
    /// A list of no groups, on which nothing depends.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds `groups`.
    pub fn push(&mut self, groups: impl Groups + Send + Sync + 'static) {
        self.0.push(Arc::new(groups));
    }

    /// This list with `groups` added.
    #[must_use]
    pub fn with(mut self, groups: impl Groups + Send + Sync + 'static) -> Self {
        self.push(groups);
        self
    }

    /// How many times groups were added.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of its groups, to be a part of a memo's key: two calls that name different groups for one
    /// value must not share it.
    ///
    /// ```
    /// use gcache::{GroupList, tag};
    ///
    /// let names = |tags: &[&str]| tags.iter().copied().map(tag).collect::<GroupList>().names();
    /// assert_eq!(names(&["movies"]), names(&["movies"]));
    /// assert_ne!(names(&["movies"]), names(&["movies", "genres"]));
    /// ```
    pub fn names(&self) -> GroupNames {
        let mut names = GroupNames::default();
        self.accept(&mut Visitor::Name(&mut names));
        names
    }
}

impl<G: Groups + Send + Sync + 'static> Extend<G> for GroupList {
    fn extend<I: IntoIterator<Item = G>>(&mut self, groups: I) {
        groups.into_iter().for_each(|groups| self.push(groups));
    }
}

impl<G: Groups + Send + Sync + 'static> FromIterator<G> for GroupList {
    fn from_iter<I: IntoIterator<Item = G>>(groups: I) -> Self {
        let mut list = Self::new();
        list.extend(groups);
        list
    }
}

impl Groups for GroupList {
    fn accept(&self, visitor: &mut Visitor<'_>) {
        self.0.accept(visitor);
    }
}

impl std::fmt::Debug for GroupList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("GroupList").field(&self.names().models()).finish()
    }
}

/// The names of some groups, in their order. Two are equal if they name the same groups in the same order.
///
/// Made by [`GroupList::names`].
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct GroupNames(Vec<Name>);

/// The group that `key` names in the model or index at the address `of`, which is a static's.
#[derive(Clone)]
struct Name {
    model: &'static str,
    of: usize,
    key: Arc<dyn ErasedKey>,
}

impl GroupNames {
    /// Adds the group `key` of the static `of`, which belongs to `model`.
    pub(super) fn push<T>(&mut self, model: &'static str, of: &'static T, key: impl Key) {
        self.0.push(Name { model, of: std::ptr::from_ref(of).addr(), key: Arc::new(key) });
    }

    fn models(&self) -> Vec<&'static str> {
        self.0.iter().map(|name| name.model).collect()
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        let key: &dyn Any = &*other.key;
        self.of == other.of && self.key.is(key)
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.of.hash(state);
        self.key.hash_into(state);
    }
}

impl std::fmt::Debug for GroupNames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("GroupNames").field(&self.models()).finish()
    }
}
