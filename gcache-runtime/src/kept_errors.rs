//! Errors that are values: which of them are stored, and as what.

use crate::choice::Specific;
use crate::returns::{Storable, Value};
use std::marker::PhantomData;

/// An error that a body returned.
#[derive(Debug)]
pub enum Failure<C, E> {
    /// It is a value, and stored as `C`.
    Kept(C),
    /// It is returned and forgotten.
    Passed(E),
}

/// What a body returns, with its errors told apart. Of a function, so that it is `Send` whatever it returns.
type Returns<T, C, E> = PhantomData<fn() -> Result<T, Failure<C, E>>>;

/// `Ok` is stored, and of the errors those that are values.
#[derive(Debug)]
pub struct StoreErr<T, C, E>(Returns<T, C, E>);

impl<T: Value, C: Value, E> Storable for StoreErr<T, C, E> {
    type Return = Result<T, Failure<C, E>>;
    type Stored = Result<T, C>;

    fn split(returned: Self::Return) -> Result<Self::Stored, Self::Return> {
        match returned {
            Ok(value) => Ok(Ok(value)),
            Err(Failure::Kept(error)) => Ok(Err(error)),
            passed @ Err(Failure::Passed(_)) => Err(passed),
        }
    }

    #[inline]
    fn join(stored: Self::Stored) -> Self::Return {
        stored.map_err(Failure::Kept)
    }
}

/// How the errors of a function are stored: `to` says which, and as what, and `back` makes errors of them.
#[derive(Debug)]
pub struct KeptErrors<T, C, E, To, Back> {
    to: To,
    back: Back,
    types: Returns<T, C, E>,
}

/// Errors of a return type that are stored if `is_value` is true of them.
#[expect(clippy::type_complexity, reason = "the functions have no types with names")]
pub fn err_if<T, E>(
    _: Specific<PhantomData<Result<T, E>>>,
    is_value: impl Fn(&E) -> bool,
) -> KeptErrors<T, E, E, impl Fn(E) -> Failure<E, E>, impl Fn(E) -> E> {
    let to = move |error| {
        if is_value(&error) { Failure::Kept(error) } else { Failure::Passed(error) }
    };
    KeptErrors { to, back: |error| error, types: PhantomData }
}

/// Errors of a return type that are stored as what `to` makes of them, if anything, and come `back` as what that makes.
#[expect(clippy::type_complexity, reason = "the functions have no types with names")]
pub fn err_as<T, C, E>(
    _: Specific<PhantomData<Result<T, E>>>,
    to: impl Fn(&E) -> Option<C>,
    back: impl Fn(C) -> E,
) -> KeptErrors<T, C, E, impl Fn(E) -> Failure<C, E>, impl Fn(C) -> E> {
    let to = move |error| to(&error).map_or_else(|| Failure::Passed(error), Failure::Kept);
    KeptErrors { to, back, types: PhantomData }
}

impl<T, C, E, To: Fn(E) -> Failure<C, E>, Back: Fn(C) -> E> KeptErrors<T, C, E, To, Back> {
    /// What stores the returned value, and what of it, of which it is not yet known whether it can be cached.
    #[expect(clippy::unused_self, reason = "the types come from it")]
    #[inline]
    pub fn storable(&self) -> (StoreErr<T, C, E>, PhantomData<Result<T, C>>) {
        (StoreErr(PhantomData), PhantomData)
    }

    /// The body, with its errors told apart.
    pub fn body(
        &self,
        body: impl FnOnce() -> Result<T, E>,
    ) -> impl FnOnce() -> Result<T, Failure<C, E>> {
        || body().map_err(&self.to)
    }

    /// The same, of a body that is a future.
    pub async fn future(
        &self,
        body: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Failure<C, E>> {
        body.await.map_err(&self.to)
    }

    /// What the function returns.
    #[inline]
    pub fn returned(&self, value: Result<T, Failure<C, E>>) -> Result<T, E> {
        value.map_err(|failure| match failure {
            Failure::Kept(error) => (self.back)(error),
            Failure::Passed(error) => error,
        })
    }
}
