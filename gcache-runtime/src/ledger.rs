//! The ledger: the living generations of one model, and the rule that says what a change ends.

use crate::bump::Bump;
use crate::family::{AnyFamily, Family, Key};
use crate::generation::Basis;
use crate::registry::{self, AnyLedger};
use crate::slot::Slot;
use crate::stats::{GroupStats, Tally};
use std::sync::Once;

/// The living generations of one group and of its members.
///
/// What is not known to be untouched is ended:
///
/// | known of the change | members | index groups | the group |
/// | --- | --- | --- | --- |
/// | the row | its key | its values | ends |
/// | the key | its key | all | ends |
/// | nothing | all | all | ends |
pub struct Ledger<K: 'static> {
    name: &'static str,
    whole: Slot,
    members: Family<K>,
    indexes: &'static [&'static dyn AnyFamily],
    bumps: Tally,
    ended: Tally,
    registered: Once,
}

impl<K: Key> Ledger<K> {
    /// A ledger without generations.
    pub const fn new(name: &'static str, indexes: &'static [&'static dyn AnyFamily]) -> Self {
        Self {
            name,
            whole: Slot::new(),
            members: Family::new(),
            indexes,
            bumps: Tally::new(),
            ended: Tally::new(),
            registered: Once::new(),
        }
    }

    /// Adds what stands for any change of any member.
    pub(crate) fn take_whole(&'static self, basis: &mut Basis) {
        self.register();
        self.whole.take(basis);
    }

    /// Adds what stands for a change of one member.
    pub(crate) fn take_member(&'static self, key: &K, basis: &mut Basis) {
        self.register();
        self.members.take(key, basis);
    }

    /// Ends what depends on a row of which everything is known.
    pub(crate) fn end_row(&'static self, key: &K, bump: &mut Bump) {
        self.end(bump, |bump| self.members.end(key, bump));
    }

    /// Ends what may depend on a row of which the key is known.
    pub(crate) fn end_member(&'static self, key: &K, bump: &mut Bump) {
        self.end(bump, |bump| {
            self.members.end(key, bump);
            self.indexes.iter().for_each(|index| index.end_all(bump));
        });
    }

    /// Ends what depends on any row.
    pub(crate) fn end_all(&'static self, bump: &mut Bump) {
        self.end(bump, |bump| {
            self.members.end_all(bump);
            self.indexes.iter().for_each(|index| index.end_all(bump));
        });
    }

    /// Ends what `parts` ends, and the group as a whole.
    fn end(&'static self, bump: &mut Bump, parts: impl FnOnce(&mut Bump)) {
        self.register();
        let before = bump.ended();
        parts(bump);
        self.whole.end(bump);
        self.bumps.add(1);
        self.ended.add(bump.ended() - before);
    }

    fn register(&'static self) {
        self.registered.call_once(|| registry::add_ledger(self));
    }
}

impl<K: Key> AnyLedger for Ledger<K> {
    fn stats(&self) -> GroupStats {
        let indexes: usize = self.indexes.iter().map(|index| index.living()).sum();
        GroupStats {
            name: self.name,
            bumps: self.bumps.get(),
            ended: self.ended.get(),
            living: (self.whole.living() + self.members.living() + indexes) as u64,
        }
    }
}

impl<K> std::fmt::Debug for Ledger<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("name", &self.name).finish_non_exhaustive()
    }
}
