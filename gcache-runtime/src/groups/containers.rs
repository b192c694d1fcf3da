//! Groups and rows in containers: pointers, lists, maps, tuples.

use super::{GroupNames, Groups, Invalidation};
use crate::generations::DependencySet;
use crate::sync::Arc;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::iter::once;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

/// A value that holds rows of models: a model, or an `Option`, a `Result`, a list, a map, a pointer or
/// a tuple of such values. Its groups are those of its rows.
///
/// `#[derive(Invalidates)]` implements it for a model.
#[diagnostic::on_unimplemented(
    message = "`{Self}` holds no rows",
    label = "neither a model nor a collection of them",
    note = "rows are models that derive `gcache::Invalidates`, alone or in an `Option`, `Result`, \
            `Vec`, slice, map, tuple, `Box` or `Arc`"
)]
pub trait Rows: Groups {
    /// Invalidates the models whose rows there might have been.
    #[doc(hidden)]
    fn invalidate_unknown(invalidation: &mut Invalidation);
}

/// Invalidates all of `groups`. A key of the user's that panics does not keep another group from being invalidated.
fn invalidate_each<'a, G: Groups + ?Sized + 'a>(
    groups: impl Iterator<Item = &'a G>,
    invalidation: &mut Invalidation,
) {
    let mut panicked = None;
    for group in groups {
        let done = catch_unwind(AssertUnwindSafe(|| group.invalidate_in(invalidation)));
        panicked = panicked.or(done.err());
    }
    if let Some(panic) = panicked {
        resume_unwind(panic);
    }
}

/// A container: its parameters, its type, and how to walk it.
macro_rules! containers {
    ($([$($parameter:tt)*] $container:ty: |$it:ident| $items:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($parameter)*> Groups for $container
        where
            T: Groups,
        {
            fn collect_into(&self, dependencies: &mut DependencySet) {
                let $it = self;
                $items.for_each(|group| group.collect_into(dependencies));
            }

            fn invalidate_in(&self, invalidation: &mut Invalidation) {
                let $it = self;
                invalidate_each($items, invalidation);
            }

            fn name_in(&self, names: &mut GroupNames) {
                let $it = self;
                $items.for_each(|group| group.name_in(names));
            }
        }

        impl<$($parameter)*> Rows for $container
        where
            T: Rows,
        {
            fn invalidate_unknown(invalidation: &mut Invalidation) {
                T::invalidate_unknown(invalidation);
            }
        }
    )*};
}

containers! {
    [T: ?Sized] &T: |it| once(&**it);
    [T: ?Sized] Box<T>: |it| once(&**it);
    [T: ?Sized] Rc<T>: |it| once(&**it);
    [T: ?Sized] Arc<T>: |it| once(&**it);
    [T] Option<T>: |it| it.iter();
    [T] [T]: |it| it.iter();
    [T, const N: usize] [T; N]: |it| it.iter();
    [T] Vec<T>: |it| it.iter();
    [T] VecDeque<T>: |it| it.iter();
    [K, T, S] HashMap<K, T, S>: |it| it.values();
    [K, T] BTreeMap<K, T>: |it| it.values();
}

#[diagnostic::do_not_recommend]
impl<T: Rows, E> Groups for Result<T, E> {
    fn collect_into(&self, dependencies: &mut DependencySet) {
        self.iter().for_each(|rows| rows.collect_into(dependencies));
    }

    fn invalidate_in(&self, invalidation: &mut Invalidation) {
        match self {
            Ok(rows) => rows.invalidate_in(invalidation),
            // Some of it may have been done before it failed.
            Err(_) => T::invalidate_unknown(invalidation),
        }
    }

    fn name_in(&self, names: &mut GroupNames) {
        self.iter().for_each(|rows| rows.name_in(names));
    }
}

impl<T: Rows, E> Rows for Result<T, E> {
    fn invalidate_unknown(invalidation: &mut Invalidation) {
        T::invalidate_unknown(invalidation);
    }
}

macro_rules! tuples {
    ($(($($part:ident)*))*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($part: Groups),*> Groups for ($($part,)*) {
            fn collect_into(&self, dependencies: &mut DependencySet) {
                #[expect(non_snake_case, reason = "a value goes by the name of its type")]
                let ($($part,)*) = self;
                $($part.collect_into(dependencies);)*
            }

            fn invalidate_in(&self, invalidation: &mut Invalidation) {
                #[expect(non_snake_case, reason = "a value goes by the name of its type")]
                let ($($part,)*) = self;
                let parts: &[&dyn Groups] = &[$($part),*];
                invalidate_each(parts.iter().copied(), invalidation);
            }

            fn name_in(&self, names: &mut GroupNames) {
                #[expect(non_snake_case, reason = "a value goes by the name of its type")]
                let ($($part,)*) = self;
                $($part.name_in(names);)*
            }
        }

        impl<$($part: Rows),*> Rows for ($($part,)*) {
            fn invalidate_unknown(invalidation: &mut Invalidation) {
                $($part::invalidate_unknown(invalidation);)*
            }
        }
    )*};
}

tuples!((A)(A B)(A B C)(A B C D)(A B C D E)(A B C D E F));

impl Groups for () {
    fn collect_into(&self, _: &mut DependencySet) {}

    fn invalidate_in(&self, _: &mut Invalidation) {}

    fn name_in(&self, _: &mut GroupNames) {}
}
