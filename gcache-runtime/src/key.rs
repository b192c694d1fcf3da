//! Memo keys and group keys: looked up as borrowed, owned only when something is stored.

use crate::choice::{General, Never, Specific};
use crate::returns::Value;
use std::borrow::Borrow;
use std::convert::Infallible;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// One value of a memo key, as the cached function receives it: `str`, `[T]`, or any `T: Clone`.
///
/// Its owned form may be kept and shared between threads.
pub trait KeyPart: Hash + Eq + ToOwned<Owned: Eq + Value> {}

#[diagnostic::do_not_recommend]
impl<P: Hash + Eq + ToOwned<Owned: Eq + Value> + ?Sized> KeyPart for P {}

/// A memo key as borrowed, or one part of it: parts are nested as `(a, (b, ()))`, so that any number
/// fits. It goes from call to call by value, so that a hit may have it in registers.
pub trait KeyRef: Copy {
    /// The key that the memo keeps.
    type Key: Clone + Eq + Send + Sync + 'static;

    /// Feeds every part to the hasher.
    fn hash<H: Hasher>(self, hasher: &mut H);

    /// Whether the kept key is this one, by `Eq` of every part.
    fn equivalent(self, key: &Self::Key) -> bool;

    /// The key to keep.
    fn to_key(self) -> Self::Key;
}

impl KeyRef for () {
    type Key = ();

    fn hash<H: Hasher>(self, _: &mut H) {}

    fn equivalent(self, (): &()) -> bool {
        true
    }

    fn to_key(self) {}
}

impl<P: KeyPart + ?Sized> KeyRef for &P {
    type Key = P::Owned;

    #[inline]
    fn hash<H: Hasher>(self, hasher: &mut H) {
        P::hash(self, hasher);
    }

    #[inline]
    fn equivalent(self, key: &P::Owned) -> bool {
        self == key.borrow()
    }

    fn to_key(self) -> P::Owned {
        self.to_owned()
    }
}

impl<First: KeyRef, Rest: KeyRef> KeyRef for (First, Rest) {
    type Key = (First::Key, Rest::Key);

    #[inline]
    fn hash<H: Hasher>(self, hasher: &mut H) {
        self.0.hash(hasher);
        self.1.hash(hasher);
    }

    #[inline]
    fn equivalent(self, key: &Self::Key) -> bool {
        self.0.equivalent(&key.0) && self.1.equivalent(&key.1)
    }

    fn to_key(self) -> Self::Key {
        (self.0.to_key(), self.1.to_key())
    }
}

/// What may be given where a group wants a key `K`: a `K`, a `&K` or a `&&K`, or a `&str`, also behind
/// one reference or two, for a `String`.
///
/// ```
/// fn wants(key: impl gcache::IntoKey<String>) -> String {
///     key.into_key()
/// }
/// assert_eq!(wants("showbiz"), "showbiz");
/// assert_eq!(wants(&"showbiz".to_owned()), "showbiz");
/// assert_eq!(["showbiz"].iter().map(wants).last().as_deref(), Some("showbiz"));
/// ```
#[diagnostic::on_unimplemented(
    message = "the key of this group is `{K}`, not `{Self}`",
    label = "expected `{K}` or a reference to it",
    note = "a group's key is the type of its `#[group(key)]` or `#[group(index)]` field, or what \
            `group!` declares after the colon; the value of an index has the name of its field, as in \
            `Book(author = a)`; one that may be missing is written with `?`, as in `Book?(key)`"
)]
pub trait IntoKey<K> {
    /// The key itself.
    fn into_key(self) -> K;
}

#[diagnostic::do_not_recommend]
impl<K> IntoKey<K> for K {
    fn into_key(self) -> K {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<K: Clone> IntoKey<K> for &K {
    fn into_key(self) -> K {
        self.clone()
    }
}

/// What the macros make of a variable that is a reference.
#[diagnostic::do_not_recommend]
impl<K: Clone> IntoKey<K> for &&K {
    fn into_key(self) -> K {
        (*self).clone()
    }
}

#[diagnostic::do_not_recommend]
impl IntoKey<String> for &str {
    fn into_key(self) -> String {
        self.to_owned()
    }
}

/// What a closure over an iterator of `&str` is given.
#[diagnostic::do_not_recommend]
impl IntoKey<String> for &&str {
    fn into_key(self) -> String {
        (*self).to_owned()
    }
}

/// What the macros make of a variable that is that.
#[diagnostic::do_not_recommend]
impl IntoKey<String> for &&&str {
    fn into_key(self) -> String {
        (**self).to_owned()
    }
}

/// A key of several parts, or the panic of one that could not be cloned.
#[derive(Debug)]
pub struct Parts<K>(std::thread::Result<K>);

/// The key that `own` makes of its parts. A panic goes on where the group is used, which knows what to invalidate then.
pub fn parts<K>(own: impl FnOnce() -> K) -> Parts<K> {
    Parts(catch_unwind(AssertUnwindSafe(own)))
}

impl<K> Parts<Option<K>> {
    /// The key, if all of its parts are there.
    pub(crate) fn transpose(self) -> Option<Parts<K>> {
        match self.0 {
            Ok(key) => key.map(|key| Parts(Ok(key))),
            Err(panic) => Some(Parts(Err(panic))),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<K> IntoKey<K> for Parts<K> {
    fn into_key(self) -> K {
        self.0.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

/// What can be part of a memo key: every `KeyPart`.
///
/// The second implementation is for nothing: see `Never`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a memo key",
    label = "a memo key needs `Hash`, `Eq`, `Clone`, `Send` and `Sync`, and may borrow nothing",
    note = "derive them, leave the parameter out with `skip(..)` if it tells no two results apart, \
            or name what does with `by(..)`"
)]
pub trait InKey<Choice> {
    /// The same type.
    type Part: KeyPart + ?Sized;

    /// The same value.
    fn part(&self) -> &Self::Part;
}

#[diagnostic::do_not_recommend]
impl<P: KeyPart + ?Sized> InKey<()> for P {
    type Part = P;

    #[inline]
    fn part(&self) -> &P {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<P: Never + ?Sized> InKey<Infallible> for P {
    type Part = ();

    fn part(&self) -> &() {
        &()
    }
}

/// An expression in `by(..)`: what it refers to is the part of the key, or what it is.
#[inline]
pub fn given<T>(value: &T) -> Specific<&T> {
    Specific::new(value)
}

impl<'a, T: ?Sized> Specific<&&'a T> {
    /// What the reference refers to.
    #[inline]
    pub fn __gcache_part(&self) -> &'a T {
        self.0
    }
}

impl<'a, T> General<&'a T> {
    /// The value.
    #[inline]
    pub fn __gcache_part(&self) -> &'a T {
        self.0
    }
}
