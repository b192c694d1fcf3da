//! The ledger: the living generations of one model, and the rule that says what a change ends.

use crate::generations::cell::GenerationCell;
use crate::generations::dependency_set::DependencySet;
use crate::generations::invalidation::Invalidation;
use crate::generations::keyed::{AnyKeyed, Key, KeyedGenerations};
use crate::registry::{self, AnyModel};
use crate::stats::GroupStats;
use crate::sync::{AtomicFlag, Ordering};

/// The living generations of one group and of its members.
///
/// What is not known to be untouched is ended:
///
/// | known of the change | members | index groups | the group |
/// | --- | --- | --- | --- |
/// | the row | its key | its values | ends |
/// | the key | its key | all | ends |
/// | the value of an index | all | see [`Index`](crate::groups::index::Index) | ends |
/// | nothing | all | all | ends |
pub struct ModelGenerations<K: 'static> {
    name: &'static str,
    whole: GenerationCell,
    members: KeyedGenerations<K>,
    indexes: &'static [&'static dyn AnyKeyed],
    /// Whether it is listed in statistics.
    registered: AtomicFlag,
}

impl<K: Key> ModelGenerations<K> {
    /// A ledger without generations.
    pub const fn new(name: &'static str, indexes: &'static [&'static dyn AnyKeyed]) -> Self {
        Self {
            name,
            whole: GenerationCell::new(),
            members: KeyedGenerations::new(),
            indexes,
            registered: AtomicFlag::new(false),
        }
    }

    /// Adds what stands for any change of any member.
    pub(crate) fn take_whole(&'static self, dependencies: &mut DependencySet) {
        self.register();
        self.whole.take(dependencies);
    }

    /// Adds what stands for a change of one member.
    pub(crate) fn take_member(&'static self, key: &K, dependencies: &mut DependencySet) {
        self.register();
        self.members.take(key, dependencies);
    }

    /// Ends what depends on the key alone of a row of which everything is known.
    pub(crate) fn end_key(&'static self, key: &K, invalidation: &mut Invalidation) {
        self.members.end(key, invalidation);
    }

    /// Ends what may depend on a row of which the key is known.
    pub(crate) fn end_member(&'static self, key: &K, invalidation: &mut Invalidation) {
        self.end(invalidation, |invalidation| {
            self.members.end(key, invalidation);
            self.indexes.iter().for_each(|index| index.end_all(invalidation));
        });
    }

    /// Ends what may depend on some rows that share the value of an index; `index` ends what it has
    /// to do with indexes.
    pub(crate) fn end_some(
        &'static self,
        invalidation: &mut Invalidation,
        index: impl FnOnce(&mut Invalidation),
    ) {
        self.end(invalidation, |invalidation| {
            self.members.end_all(invalidation);
            index(invalidation);
        });
    }

    /// Ends what depends on any row.
    pub(crate) fn end_all(&'static self, invalidation: &mut Invalidation) {
        self.end(invalidation, |invalidation| self.end_families(invalidation));
    }

    /// Ends what `parts` ends, and the group as a whole.
    pub(crate) fn end(
        &'static self,
        invalidation: &mut Invalidation,
        parts: impl FnOnce(&mut Invalidation),
    ) {
        self.register();
        let fallback = Fallback { ledger: self, unfinished: invalidation.is_unfinished() };
        // mutant: member-spares-model
        parts(invalidation);
        self.whole.end(invalidation);
        std::mem::forget(fallback);
    }

    // mutant: model-spares-members
    fn end_families(&'static self, invalidation: &mut Invalidation) {
        self.members.end_all(invalidation);
        self.indexes.iter().for_each(|index| index.end_all(invalidation));
    }

    /// Lists the ledger in statistics.
    pub(crate) fn register(&'static self) {
        // A load first, so that no later call writes to the shared flag.
        if !self.registered.load(Ordering::Relaxed)
            && !self.registered.swap(true, Ordering::Relaxed)
        {
            registry::add_ledger(self);
        }
    }
}

/// Ends everything when a key's `Hash`, `Eq` or `Clone` panics while it is being ended: which group was
/// meant will never be known.
struct Fallback<K: Key> {
    ledger: &'static ModelGenerations<K>,
    unfinished: bool,
}

impl<K: Key> Drop for Fallback<K> {
    fn drop(&mut self) {
        Invalidation::run_after(self.unfinished, |invalidation| {
            self.ledger.end_families(invalidation);
            self.ledger.whole.end(invalidation);
        });
    }
}

impl<K: Key> AnyModel for ModelGenerations<K> {
    fn stats(&self) -> GroupStats {
        let families = || std::iter::once(&self.members as _).chain(self.indexes.iter().copied());
        let living: usize = families().map(AnyKeyed::living).sum();
        let ended: u64 = families().map(AnyKeyed::ended).sum();
        GroupStats {
            name: self.name,
            invalidations: self.whole.invalidations(),
            ended: self.whole.ended() + ended,
            living: (self.whole.living() + living) as u64,
            doubts: self.whole.doubts(),
        }
    }
}

impl<K> std::fmt::Debug for ModelGenerations<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ModelGenerations").field("name", &self.name).finish_non_exhaustive()
    }
}
