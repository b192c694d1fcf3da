//! What of a returned value is stored: all of it, or the `T` of an `Ok(T)`.

use crate::key::{Does, DoesNot, Never};
use std::marker::PhantomData;

/// What a value needs to be cached: it is handed out as clones, by any thread.
pub trait Value: Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Clone + Send + Sync + 'static> Value for T {}

/// How a returned value is taken apart and put together again.
pub trait Storable {
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

/// What is no `Result` is stored, which it is as far as its type could be seen.
#[derive(Debug)]
pub struct Unseen<R>(PhantomData<fn() -> R>);

impl<R: Value> Storable for Unseen<R> {
    type Return = R;
    type Stored = R;

    fn split(returned: R) -> Result<R, R> {
        // A `Result` behind the parameter of an `impl` block or of an alias, of which nobody said whether
        // its errors are to be kept.
        if is_result::<R>() { Err(returned) } else { Ok(returned) }
    }

    #[inline]
    fn join(stored: R) -> R {
        stored
    }
}

/// Whether a type is a `Result`, for want of a way to ask the compiler where it is a parameter.
fn is_result<R>() -> bool {
    let here = std::any::type_name::<Result<(), ()>>();
    let head = here.split('<').next().unwrap_or(here);
    let name = std::any::type_name::<R>();
    name.strip_prefix(head).is_some_and(|rest| rest.starts_with('<'))
}

/// Everything is stored.
#[derive(Debug)]
pub struct Plain<R>(PhantomData<fn() -> R>);

impl<R> Plain<R> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<R: Value> Storable for Plain<R> {
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
pub struct StoreOk<T, E>(PhantomData<fn() -> (T, E)>);

impl<T, E> StoreOk<T, E> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: Value, E> Storable for StoreOk<T, E> {
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

/// A `Result`, also where it is the type of a trait.
///
/// It is for bounds: a function that returns a type parameter, or the type of a trait, keeps the value of
/// `Ok` alone by the word `cache_ok`, which needs this of it.
///
/// ```
/// use gcache::{Fallible, cache_against, group};
///
/// group!(Numbers);
///
/// trait Query {
///     type Output: Fallible<Ok: Clone + Send + Sync + 'static> + 'static;
///     fn run(text: &str) -> Self::Output;
/// }
///
/// #[cache_against(Numbers, cache_ok)]
/// fn cached<Q: Query + 'static>(text: &str) -> Q::Output {
///     Q::run(text)
/// }
///
/// struct Parse;
/// impl Query for Parse {
///     type Output = Result<u64, std::num::ParseIntError>;
///     fn run(text: &str) -> Self::Output {
///         text.parse()
///     }
/// }
///
/// assert_eq!(cached::<Parse>("7"), Ok(7));
/// assert!(cached::<Parse>("seven").is_err());
/// ```
pub trait Fallible: Sized {
    /// The value.
    type Ok;
    /// The error.
    type Err;

    /// The `Result` itself.
    #[doc(hidden)]
    fn into_result(self) -> Result<Self::Ok, Self::Err>;

    /// A `Result` as this type.
    #[doc(hidden)]
    fn from_result(result: Result<Self::Ok, Self::Err>) -> Self;
}

impl<T, E> Fallible for Result<T, E> {
    type Ok = T;
    type Err = E;

    fn into_result(self) -> Self {
        self
    }

    #[inline]
    fn from_result(result: Self) -> Self {
        result
    }
}

/// `Ok` is stored, `Err` is returned and forgotten, of a type that is a `Result` by its bounds.
#[derive(Debug)]
pub struct StoreOkOf<R>(PhantomData<fn() -> R>);

impl<R: Fallible<Ok: Value>> Storable for StoreOkOf<R> {
    type Return = R;
    type Stored = R::Ok;

    fn split(returned: R) -> Result<R::Ok, R> {
        returned.into_result().map_err(|error| R::from_result(Err(error)))
    }

    #[inline]
    fn join(stored: R::Ok) -> R {
        R::from_result(Ok(stored))
    }
}

/// A type of which the compiler knows here whether it is a `Result`.
///
/// It knows of every type but a parameter, and the type of a trait of one. Of these it does not know
/// `Unpin` either, unless that is written, and of hardly any other type that is cached.
#[diagnostic::on_unimplemented(
    message = "whether `{Self}` is a `Result` cannot be told here",
    label = "follows from a type parameter",
    note = "say `cache_err` to store whatever is returned, an `Err` too, or `cache_ok` to store the value \
            of `Ok` alone, or write the type out if it is none"
)]
pub trait Known<Choice> {}

#[diagnostic::do_not_recommend]
impl<R: Unpin> Known<Does> for R {}

#[diagnostic::do_not_recommend]
impl<R: Never> Known<DoesNot> for R {}

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
    pub fn __gcache_shape(self) -> Draft<T, StoreOk<T, E>> {
        Draft { shape: StoreOk(PhantomData), value: PhantomData }
    }

    /// The same, of a type that goes by a name.
    pub fn __gcache_shape_of_name(self) -> Draft<T, StoreOk<T, E>> {
        self.__gcache_shape()
    }
}

/// The shape of all that is no `Result`.
pub trait PlainReturn<R>: Sized {
    /// Stores everything.
    fn __gcache_shape(self) -> Draft<R, Unseen<R>>;

    /// The same, of a type that goes by a name, which may be that of a parameter.
    fn __gcache_shape_of_name<Choice>(self) -> Draft<R, Unseen<R>>
    where
        R: Known<Choice>,
    {
        self.__gcache_shape()
    }
}

impl<R> PlainReturn<R> for ReturnOf<R> {
    fn __gcache_shape(self) -> Draft<R, Unseen<R>> {
        Draft { shape: Unseen(PhantomData), value: PhantomData }
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
    type Storable: Storable;

    /// The same value.
    fn shape(self) -> Self::Storable;
}

#[diagnostic::do_not_recommend]
impl<V, S: Storable> Caches<V, Does> for S {
    type Storable = S;

    #[inline]
    fn shape(self) -> S {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<V, S: Never> Caches<V, DoesNot> for S {
    type Storable = Plain<()>;

    fn shape(self) -> Plain<()> {
        Plain(PhantomData)
    }
}

/// The shape, whose value can be cached.
#[inline]
pub fn checked<V, S: Caches<V, Choice>, Choice>(draft: Draft<V, S>) -> S::Storable {
    draft.shape.shape()
}

/// A type of which the value of `Ok` can be cached.
///
/// There is a second implementation, for nothing, as there is of [`InKey`](crate::key::InKey).
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no `Ok` that can be cached",
    label = "`cache_ok` is for a `Result` whose value has `Clone`, `Send` and `Sync`",
    note = "leave `cache_ok` out if it is no `Result`; where it is a type parameter or the type of a trait, \
            bound it with `gcache::Fallible<Ok: Clone + Send + Sync + 'static>`"
)]
pub trait HasOk<Choice> {
    /// Stores it.
    type Storable: Storable;

    /// The same shape.
    fn ok_only(draft: ReturnOf<Self>) -> Self::Storable
    where
        Self: Sized;
}

#[diagnostic::do_not_recommend]
impl<R: Fallible<Ok: Value>> HasOk<Does> for R {
    type Storable = StoreOkOf<R>;

    fn ok_only(_: ReturnOf<R>) -> StoreOkOf<R> {
        StoreOkOf(PhantomData)
    }
}

#[diagnostic::do_not_recommend]
impl<R: Never> HasOk<DoesNot> for R {
    type Storable = Plain<()>;

    fn ok_only(_: ReturnOf<R>) -> Plain<()> {
        Plain(PhantomData)
    }
}

/// The shape that stores the value of `Ok` only, of a type that is a `Result` by its bounds.
pub fn ok_only<R: HasOk<Choice>, Choice>(of: ReturnOf<R>) -> R::Storable {
    R::ok_only(of)
}
