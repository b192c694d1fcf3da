//! Names of groups, by which lists of groups are compared.

use crate::generations::keyed::Key;
use crate::sync::Arc;
use std::any::Any;
use std::hash::{Hash, Hasher};

/// The names of some groups, in their order. Two are equal if they name the same groups in the same order.
///
/// Made by [`GroupList::names`](crate::GroupList::names).
#[derive(Clone, Default)]
pub struct GroupNames(Vec<Arc<dyn Name>>);

/// The name of one group. Compared by `Eq`: two groups never share one.
trait Name: Send + Sync {
    fn is(&self, other: &dyn Any) -> bool;

    fn hash(&self, state: &mut dyn Hasher);

    fn as_any(&self) -> &dyn Any;
}

/// The group `key` of what lives at the address `of`: a ledger or an index, which are statics.
struct Of<K> {
    of: usize,
    key: K,
}

impl GroupNames {
    /// Adds the group `key` of the ledger or index `of`.
    pub(crate) fn add<T, K: Key>(&mut self, of: &'static T, key: K) {
        self.0.push(Arc::new(Of { of: std::ptr::from_ref(of).addr(), key }));
    }
}

impl<K: Key> Name for Of<K> {
    fn is(&self, other: &dyn Any) -> bool {
        let other: Option<&Self> = other.downcast_ref();
        other.is_some_and(|other| self.of == other.of && self.key == other.key)
    }

    fn hash(&self, mut state: &mut dyn Hasher) {
        self.of.hash(&mut state);
        self.key.hash(&mut state);
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl PartialEq for GroupNames {
    fn eq(&self, other: &Self) -> bool {
        let mut pairs = self.0.iter().zip(&other.0);
        self.0.len() == other.0.len() && pairs.all(|(own, other)| own.is(other.as_any()))
    }
}

impl Eq for GroupNames {}

impl Hash for GroupNames {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.len().hash(state);
        self.0.iter().for_each(|name| name.hash(state));
    }
}

impl std::fmt::Debug for GroupNames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GroupNames").field("len", &self.0.len()).finish()
    }
}
