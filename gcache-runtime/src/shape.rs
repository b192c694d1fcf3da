//! What of a returned value is stored: all of it, or the `T` of an `Ok(T)`.

use crate::key::{Does, DoesNot, Never};
use std::marker::PhantomData;

/// What a value needs to be cached: it is handed out as clones, by any thread.
pub trait Value: Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Clone + Send + Sync + 'static> Value for T {}

/// How a returned value is taken apart and put together again.
pub trait Shape {
    /// What the function returns.
    type Return;
    /// What is stored of it.
    type Stored: Value;

    /// What to store.
    ///
    /// # Errors
    ///
    /// What is not to be stored, to be returned as it is.
    fn split(returned: Self::Return) -> Result<Self::Stored, Self::Return>;

    /// What to return for a stored value.
    fn join(stored: Self::Stored) -> Self::Return;
}

/// Everything is stored.
#[derive(Debug)]
pub struct Plain<R>(PhantomData<fn() -> R>);

impl<R> Plain<R> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<R: Value> Shape for Plain<R> {
    type Return = R;
    type Stored = R;

    fn split(returned: R) -> Result<R, R> {
        Ok(returned)
    }

    #[inline]
    fn join(stored: R) -> R {
        stored
    }
}

/// `Ok` is stored, `Err` is returned and forgotten.
#[derive(Debug)]
pub struct OkOnly<T, E>(PhantomData<fn() -> (T, E)>);

impl<T, E> OkOnly<T, E> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: Value, E> Shape for OkOnly<T, E> {
    type Return = Result<T, E>;
    type Stored = T;

    fn split(returned: Result<T, E>) -> Result<T, Result<T, E>> {
        returned.map_err(Err)
    }

    #[inline]
    fn join(stored: T) -> Result<T, E> {
        Ok(stored)
    }
}

/// Stands for a return type while its shape is chosen.
///
/// The choice is by type, so that an alias of `Result` is one: for `Result` the inherent method is
/// found, for all else the one of [`PlainReturn`]. Their name is one that no trait has which the
/// program implements for every type.
#[derive(Debug)]
pub struct ReturnOf<R>(PhantomData<fn() -> R>);

impl<R> ReturnOf<R> {
    /// Stands for `R`.
    #[expect(clippy::new_without_default, reason = "made by macros only")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// Stores everything, an `Err` too.
    pub fn whole(self) -> Draft<R, Plain<R>> {
        Draft { shape: Plain(PhantomData), value: PhantomData }
    }
}

impl<T, E> ReturnOf<Result<T, E>> {
    /// Stores `Ok` only.
    pub fn __gcache_shape(self) -> Draft<T, OkOnly<T, E>> {
        Draft { shape: OkOnly(PhantomData), value: PhantomData }
    }
}

/// The shape of all that is no `Result`.
pub trait PlainReturn<R> {
    /// Stores everything.
    fn __gcache_shape(self) -> Draft<R, Plain<R>>;
}

impl<R> PlainReturn<R> for ReturnOf<R> {
    fn __gcache_shape(self) -> Draft<R, Plain<R>> {
        self.whole()
    }
}

/// The shape `S`, of which it is not yet known whether its value `V` can be cached.
#[derive(Debug)]
pub struct Draft<V, S> {
    shape: S,
    value: PhantomData<fn() -> V>,
}

/// A shape whose value `V` can be cached.
///
/// There is a second implementation, for nothing, as there is of [`InKey`](crate::key::InKey).
#[diagnostic::on_unimplemented(
    message = "`{V}` cannot be cached",
    label = "a cached value needs `Clone`, `Send` and `Sync`, and may borrow nothing",
    note = "derive `Clone`, or return an `Arc` of it; of a `Result`, only the `Ok` value is stored \
            unless `cache_err` is given"
)]
pub trait Caches<V, Choice> {
    /// The same type.
    type Shape: Shape;

    /// The same value.
    fn shape(self) -> Self::Shape;
}

#[diagnostic::do_not_recommend]
impl<V, S: Shape> Caches<V, Does> for S {
    type Shape = S;

    #[inline]
    fn shape(self) -> S {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<V, S: Never> Caches<V, DoesNot> for S {
    type Shape = Plain<()>;

    fn shape(self) -> Plain<()> {
        Plain(PhantomData)
    }
}

/// The shape, whose value can be cached.
#[inline]
pub fn checked<V, S: Caches<V, Choice>, Choice>(draft: Draft<V, S>) -> S::Shape {
    draft.shape.shape()
}
