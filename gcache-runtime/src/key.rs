//! Memo keys and group keys: looked up as borrowed, owned only when something is stored.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};

/// One value of a memo key, as the cached function receives it: `str`, `[T]`, or any `T: Clone`.
///
/// Implemented for every type that has `Hash`, `Eq` and [`ToOwned`] (which `Clone` brings), and whose
/// owned form may be kept and shared between threads.
pub trait KeyPart: Hash {
    /// What the memo keeps.
    type Owned: Clone + Eq + Send + Sync + 'static;

    /// Whether the kept value is this one.
    fn equivalent(&self, owned: &Self::Owned) -> bool;

    /// The value to keep.
    fn to_key(&self) -> Self::Owned;
}

#[diagnostic::do_not_recommend]
impl<P> KeyPart for P
where
    P: Hash + Eq + ToOwned<Owned: Clone + Eq + Send + Sync + 'static> + ?Sized,
{
    type Owned = P::Owned;

    fn equivalent(&self, owned: &P::Owned) -> bool {
        self == owned.borrow()
    }

    fn to_key(&self) -> P::Owned {
        self.to_owned()
    }
}

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
        P::equivalent(self, key)
    }

    fn to_key(self) -> P::Owned {
        P::to_key(self)
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
            `group!` declares after the colon"
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

/// A compound key given part by part, each in any form of [`IntoKey`].
#[diagnostic::on_unimplemented(
    message = "the key of this group is `{K}`, not `{Self}`",
    label = "expected the parts of `{K}`"
)]
pub trait IntoParts<K> {
    /// The key itself.
    fn into_parts(self) -> K;
}

macro_rules! into_parts {
    ($($given:ident $key:ident),*) => {
        #[diagnostic::do_not_recommend]
        impl<$($given: IntoKey<$key>, $key),*> IntoParts<($($key,)*)> for ($($given,)*) {
            fn into_parts(self) -> ($($key,)*) {
                #[expect(non_snake_case, reason = "a value goes by the name of its type")]
                let ($($given,)*) = self;
                ($($given.into_key(),)*)
            }
        }
    };
}

into_parts!(A K1, B K2);
into_parts!(A K1, B K2, C K3);
into_parts!(A K1, B K2, C K3, D K4);
into_parts!(A K1, B K2, C K3, D K4, E K5);
into_parts!(A K1, B K2, C K3, D K4, E K5, F K6);

/// What can be part of a memo key: every [`KeyPart`].
///
/// There are two implementations, and the second applies to nothing. Given a choice, the compiler
/// tries each before it takes one, and where none applies it says so once. A single one it would take
/// untried, and report every bound at every place that needs it.
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
impl<P: KeyPart + ?Sized> InKey<Does> for P {
    type Part = P;

    #[inline]
    fn part(&self) -> &P {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<P: Never + ?Sized> InKey<DoesNot> for P {
    type Part = ();

    fn part(&self) -> &() {
        &()
    }
}

/// The choice that applies.
#[derive(Debug)]
pub enum Does {}

/// The choice that does not.
#[derive(Debug)]
pub enum DoesNot {}

/// Implemented by nothing.
pub trait Never {}

/// One part of a memo key.
#[inline]
pub fn part<P: InKey<Choice> + ?Sized, Choice>(part: &P) -> &P::Part {
    part.part()
}

/// An expression in `by(..)`: what it refers to is the part of the key, or what it is.
///
/// For a reference the method of this type is found, for all else that of [`GivenValue`], which it dereferences
/// to. Both have a name that no trait has which the program implements for every type.
#[derive(Debug)]
pub struct Given<'a, T>(GivenValue<'a, T>);

/// An expression in `by(..)` that is no reference.
#[derive(Debug)]
pub struct GivenValue<'a, T>(&'a T);

/// An expression in `by(..)`.
#[inline]
pub fn given<T>(value: &T) -> Given<'_, T> {
    Given(GivenValue(value))
}

impl<'a, T: ?Sized> Given<'a, &'a T> {
    /// What the reference refers to.
    #[inline]
    pub fn __gcache_part(&self) -> &'a T {
        self.0.0
    }
}

impl<'a, T> std::ops::Deref for Given<'a, T> {
    type Target = GivenValue<'a, T>;

    #[inline]
    fn deref(&self) -> &GivenValue<'a, T> {
        &self.0
    }
}

impl<'a, T> GivenValue<'a, T> {
    /// The value.
    #[inline]
    pub fn __gcache_part(&self) -> &'a T {
        self.0
    }
}
