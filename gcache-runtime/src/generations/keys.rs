//! Keys of groups, of any type.

use crate::catch_drop::DropGuard;
use std::any::Any;
use std::hash::{Hash, Hasher};

/// What a group's key, and the value of an index, must be able to do.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot name a group",
    label = "needs `Hash`, `Eq`, `Clone`, `Send` and `Sync`, and may borrow nothing",
    note = "mark another field, or give this one a type that has them"
)]
pub trait Key: Clone + Hash + Eq + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<K: Clone + Hash + Eq + Send + Sync + 'static> Key for K {}

/// A [`Key`] of any type, kept with others. Compared by type and `Eq`.
pub(crate) trait ErasedKey: Any + Send + Sync {
    fn is(&self, other: &dyn Any) -> bool;

    fn hash_into(&self, state: &mut dyn Hasher);
}

impl<K: Key> ErasedKey for K {
    fn is(&self, other: &dyn Any) -> bool {
        other.downcast_ref() == Some(self)
    }

    fn hash_into(&self, mut state: &mut dyn Hasher) {
        self.hash(&mut state);
    }
}

/// A key of any type, as its generation keeps it.
pub(crate) trait AnyKey: Send + Sync {
    fn any(&self) -> &dyn Any;
}

impl<K: Send + Sync + 'static> AnyKey for DropGuard<K> {
    fn any(&self) -> &dyn Any {
        self.get()
    }
}
