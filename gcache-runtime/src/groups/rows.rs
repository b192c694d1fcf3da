//! Rows in returned values: what `results` depends on and `#[invalidates(result)]` ends.

use crate::generations::dependency_set::DependencySet;
use crate::generations::invalidation::Invalidation;
use crate::sync::Arc;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;

/// A value that holds rows of models: a model, or an `Option`, a `Result`, a list, a map, a pointer or
/// a pair of such values.
///
/// `#[derive(Invalidates)]` implements it for a model.
#[diagnostic::on_unimplemented(
    message = "`{Self}` holds no rows",
    label = "neither a model nor a collection of them",
    note = "rows are models that derive `gcache::Invalidates`, alone or in an `Option`, `Result`, \
            `Vec`, slice, map, tuple, `Box` or `Arc`"
)]
pub trait Rows {
    /// Adds what stands for a change of each row.
    #[doc(hidden)]
    fn take(&self, dependencies: &mut DependencySet);

    /// Ends the groups of each row.
    #[doc(hidden)]
    fn end(&self, invalidation: &mut Invalidation);

    /// Ends the models whose rows there might have been.
    #[doc(hidden)]
    fn end_unknown(invalidation: &mut Invalidation);
}

impl<T: Rows, E> Rows for Result<T, E> {
    fn take(&self, dependencies: &mut DependencySet) {
        self.iter().for_each(|rows| rows.take(dependencies));
    }

    fn end(&self, invalidation: &mut Invalidation) {
        match self {
            Ok(rows) => rows.end(invalidation),
            // Some of it may have been done before it failed.
            Err(_) => T::end_unknown(invalidation),
        }
    }

    fn end_unknown(invalidation: &mut Invalidation) {
        T::end_unknown(invalidation);
    }
}

macro_rules! rows_in_items {
    ($([$($parameter:tt)*] $holder:ty, $row:ident, $items:ident;)*) => {$(
        impl<$($parameter)*> Rows for $holder {
            fn take(&self, dependencies: &mut DependencySet) {
                self.$items().for_each(|rows| rows.take(dependencies));
            }

            fn end(&self, invalidation: &mut Invalidation) {
                self.$items().for_each(|rows| rows.end(invalidation));
            }

            fn end_unknown(invalidation: &mut Invalidation) {
                $row::end_unknown(invalidation);
            }
        }
    )*};
}

rows_in_items! {
    [T: Rows] Option<T>, T, iter;
    [T: Rows] [T], T, iter;
    [T: Rows] Vec<T>, T, iter;
    [T: Rows] VecDeque<T>, T, iter;
    [T: Rows, const N: usize] [T; N], T, iter;
    [K, T: Rows, S] HashMap<K, T, S>, T, values;
    [K, T: Rows] BTreeMap<K, T>, T, values;
}

macro_rules! rows_behind {
    ($($pointer:ty),*) => {$(
        impl<T: Rows + ?Sized> Rows for $pointer {
            fn take(&self, dependencies: &mut DependencySet) {
                (**self).take(dependencies);
            }

            fn end(&self, invalidation: &mut Invalidation) {
                (**self).end(invalidation);
            }

            fn end_unknown(invalidation: &mut Invalidation) {
                T::end_unknown(invalidation);
            }
        }
    )*};
}

rows_behind!(&T, Box<T>, Rc<T>, Arc<T>);

macro_rules! rows_in_tuples {
    ($($part:ident)*) => {
        impl<$($part: Rows),*> Rows for ($($part,)*) {
            fn take(&self, dependencies: &mut DependencySet) {
                #[expect(non_snake_case, reason = "a value goes by the name of its type")]
                let ($($part,)*) = self;
                $($part.take(dependencies);)*
            }

            fn end(&self, invalidation: &mut Invalidation) {
                #[expect(non_snake_case, reason = "a value goes by the name of its type")]
                let ($($part,)*) = self;
                $($part.end(invalidation);)*
            }

            fn end_unknown(invalidation: &mut Invalidation) {
                $($part::end_unknown(invalidation);)*
            }
        }
    };
}

rows_in_tuples!(A B);
rows_in_tuples!(A B C);
rows_in_tuples!(A B C D);
