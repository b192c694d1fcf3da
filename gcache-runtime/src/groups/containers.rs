//! Groups together: tuples, pointers, and lists that are made at run time.

use crate::generations::dependency_set::DependencySet;
use crate::generations::invalidation::Invalidation;
use crate::groups::group::Groups;
use crate::groups::names::GroupNames;
use crate::sync::Arc;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Ends all of `groups`. A key of the user's that panics takes no other group's end with it.
fn end_each<'a, G: Groups + ?Sized + 'a>(
    groups: impl Iterator<Item = &'a G>,
    invalidation: &mut Invalidation,
) {
    let mut panicked = None;
    for group in groups {
        let ended = catch_unwind(AssertUnwindSafe(|| group.end(invalidation)));
        panicked = panicked.or(ended.err());
    }
    if let Some(panic) = panicked {
        resume_unwind(panic);
    }
}

macro_rules! groups_behind {
    ($($pointer:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<G: Groups + ?Sized> Groups for $pointer {
            fn take(&self, dependencies: &mut DependencySet) {
                (**self).take(dependencies);
            }

            fn end(&self, invalidation: &mut Invalidation) {
                (**self).end(invalidation);
            }

            fn name(&self, names: &mut GroupNames) {
                (**self).name(names);
            }
        }
    )*};
}

groups_behind!(&G, Box<G>, Arc<G>);

macro_rules! groups_in_items {
    ($($items:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<G: Groups> Groups for $items {
            fn take(&self, dependencies: &mut DependencySet) {
                self.iter().for_each(|group| group.take(dependencies));
            }

            fn end(&self, invalidation: &mut Invalidation) {
                end_each(self.iter(), invalidation);
            }

            fn name(&self, names: &mut GroupNames) {
                self.iter().for_each(|group| group.name(names));
            }
        }
    )*};
}

// No `Option`: its own `take` would be hidden from whoever brings the trait into scope.
groups_in_items!([G], Vec<G>);

/// Pairs are there already, as what generated code nests.
macro_rules! groups_in_tuples {
    ($($part:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<$($part: Groups),*> Groups for ($($part,)*) {
            fn take(&self, dependencies: &mut DependencySet) {
                #[expect(non_snake_case, reason = "a value goes by the name of its type")]
                let ($($part,)*) = self;
                $($part.take(dependencies);)*
            }

            fn end(&self, invalidation: &mut Invalidation) {
                #[expect(non_snake_case, reason = "a value goes by the name of its type")]
                let ($($part,)*) = self;
                let parts: &[&dyn Groups] = &[$($part),*];
                end_each(parts.iter(), invalidation);
            }

            fn name(&self, names: &mut GroupNames) {
                #[expect(non_snake_case, reason = "a value goes by the name of its type")]
                let ($($part,)*) = self;
                $($part.name(names);)*
            }
        }
    };
}

groups_in_tuples!(A);
groups_in_tuples!(A B C);
groups_in_tuples!(A B C D);
groups_in_tuples!(A B C D E);
groups_in_tuples!(A B C D E F);

/// Groups of any kinds in a list that is made at run time. Cheap to clone.
///
/// ```
/// use gcache::{Cached, GroupList, invalidate_tag, tag};
///
/// let mut groups = GroupList::new();
/// for name in ["movies", "genres"] {
///     groups.push(tag(name));
/// }
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
    pub fn and(mut self, groups: impl Groups + Send + Sync + 'static) -> Self {
        self.push(groups);
        self
    }

    /// How many times something was added.
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
    /// let names = |tags: &[&str]| {
    ///     let mut groups = GroupList::new();
    ///     tags.iter().for_each(|name| groups.push(tag(*name)));
    ///     groups.names()
    /// };
    /// assert_eq!(names(&["movies"]), names(&["movies"]));
    /// assert_ne!(names(&["movies"]), names(&["movies", "genres"]));
    /// ```
    pub fn names(&self) -> GroupNames {
        let mut names = GroupNames::default();
        self.name(&mut names);
        names
    }
}

impl Groups for GroupList {
    fn take(&self, dependencies: &mut DependencySet) {
        self.0.take(dependencies);
    }

    fn end(&self, invalidation: &mut Invalidation) {
        self.0.end(invalidation);
    }

    fn name(&self, names: &mut GroupNames) {
        self.0.name(names);
    }
}

impl std::fmt::Debug for GroupList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GroupList").field("len", &self.len()).finish()
    }
}
