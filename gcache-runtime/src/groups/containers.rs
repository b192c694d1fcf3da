//! Groups and rows in containers: pointers, lists, maps, tuples.

use super::{Groups, Visitor};
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
    /// Adds the live generations of the rows to `dependencies`.
    #[doc(hidden)]
    fn collect_rows_into(&self, dependencies: &mut DependencySet) {
        self.collect_into(dependencies);
    }

    /// Leads `visitor` to the models whose rows there might have been.
    #[doc(hidden)]
    fn accept_unknown(visitor: &mut Visitor<'_>);
}

/// Leads `visitor` to all of `groups`. A key of the user's that panics does not keep another group from being invalidated.
fn accept_each<'a, G: Groups + ?Sized + 'a>(
    groups: impl Iterator<Item = &'a G>,
    visitor: &mut Visitor<'_>,
) {
    let Visitor::Invalidate(invalidation) = visitor else {
        return groups.for_each(|group| group.accept(visitor));
    };
    let panicked = groups.fold(None, |panicked, group| {
        let done = catch_unwind(AssertUnwindSafe(|| group.invalidate_in(invalidation)));
        panicked.or(done.err())
    });
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
            fn accept(&self, visitor: &mut Visitor<'_>) {
                let $it = self;
                accept_each($items, visitor);
            }
        }

        impl<$($parameter)*> Rows for $container
        where
            T: Rows,
        {
            fn accept_unknown(visitor: &mut Visitor<'_>) {
                T::accept_unknown(visitor);
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
    fn accept(&self, visitor: &mut Visitor<'_>) {
        match (self, visitor) {
            (Ok(rows), visitor) => rows.accept(visitor),
            // Some of it may have been done before it failed.
            (Err(_), visitor @ Visitor::Invalidate(_)) => T::accept_unknown(visitor),
            (Err(_), Visitor::Collect(_) | Visitor::Name(_)) => {}
        }
    }
}

impl<T: Rows, E> Rows for Result<T, E> {
    fn accept_unknown(visitor: &mut Visitor<'_>) {
        T::accept_unknown(visitor);
    }
}

macro_rules! tuples {
    ($(($($part:ident)*))*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($part: Groups),*> Groups for ($($part,)*) {
            fn accept(&self, visitor: &mut Visitor<'_>) {
                #[expect(non_snake_case, reason = "a value goes by the name of its type")]
                let ($($part,)*) = self;
                let parts: &[&dyn Groups] = &[$($part),*];
                accept_each(parts.iter().copied(), visitor);
            }
        }

        impl<$($part: Rows),*> Rows for ($($part,)*) {
            fn accept_unknown(visitor: &mut Visitor<'_>) {
                $($part::accept_unknown(visitor);)*
            }
        }
    )*};
}

tuples!((A)(A B)(A B C)(A B C D)(A B C D E)(A B C D E F));

impl Groups for () {
    fn accept(&self, _: &mut Visitor<'_>) {}
}
