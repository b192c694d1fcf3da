//! Groups of a value that is invalidated by its memo's key, too.

use crate::generations::{DependencySet, KeyedGenerations};
use crate::groups::group::Groups;
use crate::groups::invalidation::Invalidation;
use crate::groups::list::GroupNames;

/// What the value of a key depends on before its body begins: the key itself, and the groups that a call names.
pub(crate) struct OfKey<G> {
    pub(crate) keys: Option<&'static KeyedGenerations<u64>>,
    pub(crate) hash: u64,
    pub(crate) groups: G,
}

impl<G: Groups> Groups for OfKey<G> {
    fn collect_into(&self, dependencies: &mut DependencySet) {
        if let Some(keys) = self.keys {
            keys.collect_key_into(&self.hash, dependencies);
        }
        self.groups.collect_into(dependencies);
    }

    fn invalidate_in(&self, invalidation: &mut Invalidation) {
        self.groups.invalidate_in(invalidation);
    }

    fn name_in(&self, names: &mut GroupNames) {
        self.groups.name_in(names);
    }
}
