//! Groups whose keys may be missing: `Book?(key)`.

use super::{By, Group, Index, IndexBy, Indexed, Member, by_index, member};
use crate::key::{IntoKey, Parts};
use std::convert::Infallible;

/// What may be given for a key `K` in `Book?(..)`: an `Option` of what names it elsewhere, or a reference to one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no `Option` of the group's key `{K}`",
    label = "expected `Option<{K}>` or a reference to it",
    note = "leave the `?` out where the key is always there, as in `Book(id)`"
)]
pub trait OptionalKey<K> {
    /// What names the key.
    type Given: IntoKey<K>;

    /// What names the key, if it is there.
    fn given(self) -> Option<Self::Given>;
}

#[diagnostic::do_not_recommend]
impl<K, T: IntoKey<K>> OptionalKey<K> for Option<T> {
    type Given = T;

    fn given(self) -> Self {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<'a, K, T> OptionalKey<K> for &'a Option<T>
where
    &'a T: IntoKey<K>,
{
    type Given = &'a T;

    fn given(self) -> Option<&'a T> {
        self.as_ref()
    }
}

/// What the macros make of a variable that is a reference.
#[diagnostic::do_not_recommend]
impl<'a, K, T> OptionalKey<K> for &&'a Option<T>
where
    &'a T: IntoKey<K>,
{
    type Given = &'a T;

    fn given(self) -> Option<&'a T> {
        self.as_ref()
    }
}

#[diagnostic::do_not_recommend]
impl<K> OptionalKey<K> for Parts<Option<K>> {
    type Given = Parts<K>;

    fn given(self) -> Option<Parts<K>> {
        self.transpose()
    }
}

/// What may be given for a part `K` of a compound key in `Line?(..)`: what names it elsewhere, or an `Option` of that.
#[diagnostic::on_unimplemented(
    message = "this part of the group's key is `{K}`, not `{Self}`",
    label = "expected `{K}`, an `Option` of it, or a reference to either"
)]
pub trait OptionalPart<K, Choice> {
    /// The part itself, if it is there.
    fn part(self) -> Option<K>;
}

#[diagnostic::do_not_recommend]
impl<K, T: IntoKey<K>> OptionalPart<K, ()> for T {
    fn part(self) -> Option<K> {
        Some(self.into_key())
    }
}

#[diagnostic::do_not_recommend]
impl<K, T: OptionalKey<K>> OptionalPart<K, Infallible> for T {
    fn part(self) -> Option<K> {
        self.given().map(IntoKey::into_key)
    }
}

/// The member of `G` that `key` names, if there is a key.
pub fn optional_member<G: Group>(key: impl OptionalKey<G::Key>) -> Option<Member<G::Itself>> {
    key.given().map(member::<G>)
}

/// The members of `G` that have `value` in one of its indexes, if there is a value.
pub fn optional_by_index<G: Indexed, I: IndexBy>(
    index: impl FnOnce(&'static G::Indexes) -> &'static Index<I>,
    value: impl OptionalKey<I::Value>,
) -> Option<By<G::Itself, I>> {
    value.given().map(|value| by_index::<G, I>(index, value))
}
