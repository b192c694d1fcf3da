//! What of a returned value is stored: all of it, or the `T` of an `Ok(T)`.

use crate::choice::{General, Never, Specific};
use std::convert::Infallible;
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

/// Everything is stored, an `Err` too; but for a `Result` that could not be `SEEN` where the function stands.
#[derive(Debug)]
pub struct StoreAll<R, const SEEN: bool = true>(PhantomData<fn() -> R>);

impl<R, const SEEN: bool> StoreAll<R, SEEN> {
    pub(crate) const NEW: Self = Self(PhantomData);
}

impl<R: Value, const SEEN: bool> Storable for StoreAll<R, SEEN> {
    type Return = R;
    type Stored = R;

    fn split(returned: R) -> Result<R, R> {
        // A `Result` behind the parameter of an `impl` block or of an alias, of which nobody said whether
        // its errors are to be kept.
        if SEEN || !is_result::<R>() { Ok(returned) } else { Err(returned) }
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

/// `Ok` is stored, `Err` is returned and forgotten.
#[derive(Debug)]
pub struct StoreOk<R>(PhantomData<fn() -> R>);

impl<R> StoreOk<R> {
    pub(crate) const NEW: Self = Self(PhantomData);
}

impl<R: Fallible<Ok: Value>> Storable for StoreOk<R> {
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
impl<R: Unpin> Known<()> for R {}

#[diagnostic::do_not_recommend]
impl<R: Never> Known<Infallible> for R {}

/// Stands for the return type `R` while it is chosen what of it is stored: what stores it, and the type of the value, of
/// which it is not yet known whether it can be cached.
pub const fn returned<R>() -> Specific<PhantomData<R>> {
    Specific::new(PhantomData)
}

#[expect(clippy::unused_self, reason = "the compiler chooses a method by it")]
impl<R> Specific<PhantomData<R>> {
    /// Stores everything, an `Err` too.
    pub fn __gcache_all(&self) -> (StoreAll<R>, PhantomData<R>) {
        (StoreAll::NEW, PhantomData)
    }
}

#[expect(clippy::unused_self, reason = "the compiler chooses a method by it")]
impl<T, E> Specific<PhantomData<Result<T, E>>> {
    /// Stores the value of `Ok`.
    pub fn __gcache_type(&self) -> (StoreOk<Result<T, E>>, PhantomData<T>) {
        (StoreOk::NEW, PhantomData)
    }

    /// The same, of a type that goes by a name.
    pub fn __gcache_name(&self) -> (StoreOk<Result<T, E>>, PhantomData<T>) {
        self.__gcache_type()
    }
}

#[expect(clippy::unused_self, reason = "the compiler chooses a method by it")]
impl<R> General<PhantomData<R>> {
    /// Stores everything.
    pub fn __gcache_type(&self) -> (StoreAll<R, false>, PhantomData<R>) {
        (StoreAll::NEW, PhantomData)
    }

    /// The same, of a type that goes by a name, which may be that of a parameter.
    pub fn __gcache_name<Choice>(&self) -> (StoreAll<R, false>, PhantomData<R>)
    where
        R: Known<Choice>,
    {
        self.__gcache_type()
    }
}

/// What stores a value `V` that can be cached.
///
/// The second implementation is for nothing: see [`Never`].
#[diagnostic::on_unimplemented(
    message = "`{V}` cannot be cached",
    label = "a cached value needs `Clone`, `Send` and `Sync`, and may borrow nothing",
    note = "derive `Clone`, or return an `Arc` of it, or what it is made of, such as the body of a response; of a \
            `Result`, only the `Ok` value is stored unless `cache_err` is given"
)]
pub trait Caches<V, Choice> {
    /// The same type.
    type Storable: Storable;

    /// The same value.
    fn storable(self) -> Self::Storable;
}

#[diagnostic::do_not_recommend]
impl<V, S: Storable> Caches<V, ()> for S {
    type Storable = S;

    #[inline]
    fn storable(self) -> S {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<V, S: Never> Caches<V, Infallible> for S {
    type Storable = StoreAll<()>;

    fn storable(self) -> StoreAll<()> {
        StoreAll::NEW
    }
}

/// What is stored, of a value that can be cached.
#[inline]
pub fn checked<V, S: Caches<V, Choice>, Choice>((it, _): (S, PhantomData<V>)) -> S::Storable {
    it.storable()
}

/// A type of which the value of `Ok` can be cached.
///
/// The second implementation is for nothing: see [`Never`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no `Ok` that can be cached",
    label = "`cache_ok` is for a `Result` whose value has `Clone`, `Send` and `Sync`",
    note = "leave `cache_ok` out if it is no `Result`; where it is a type parameter or the type of a trait, \
            bound it with `gcache::Fallible<Ok: Clone + Send + Sync + 'static>`"
)]
pub trait HasOk<Choice> {
    /// Stores it.
    type Storable: Storable;

    /// What stores it.
    fn store_ok() -> Self::Storable;
}

#[diagnostic::do_not_recommend]
impl<R: Fallible<Ok: Value>> HasOk<()> for R {
    type Storable = StoreOk<R>;

    fn store_ok() -> StoreOk<R> {
        StoreOk::NEW
    }
}

#[diagnostic::do_not_recommend]
impl<R: Never> HasOk<Infallible> for R {
    type Storable = StoreAll<()>;

    fn store_ok() -> StoreAll<()> {
        StoreAll::NEW
    }
}

/// Stores the value of `Ok`, of a type that is a `Result` by its bounds.
pub fn store_ok<R: HasOk<Choice>, Choice>(_: Specific<PhantomData<R>>) -> R::Storable {
    R::store_ok()
}
