//! The live generations of one model, and the rule that says which of them a change ends.

use super::{Group, Invalidation, NoKey, Table};
use crate::clock::Timestamp;
use crate::generations::{
    AnyGeneration, DependencySet, ErasedKeyed, GenerationCell, InvalidatedAt, Key, KeyedGenerations,
};
use crate::links::{self, Address, Codec, GroupReport, NamedGroup, Part};
use crate::registry::{self, AnyModel};
use crate::stats::{GroupStats, Tally};
use crate::sync::{AtomicFlag, Ordering};
use std::any::TypeId;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The live generations of one group and of its members.
///
/// When gcache cannot prove that an entry is unaffected, it invalidates the entry:
///
/// | known of the change | members | index groups | the group | |
/// | --- | --- | --- | --- | --- |
/// | the row | its key | its values | ends | `Row` |
/// | the key | its key | all | ends | `invalidate_member` |
/// | the value of an index | all | see [`Index`](super::Index) | ends | `invalidate_some` |
/// | nothing | all | all | ends | `invalidate_all` |
pub struct ModelGenerations<K: 'static> {
    name: &'static str,
    whole: GenerationCell,
    members: KeyedGenerations<K>,
    indexes: &'static [&'static dyn ErasedKeyed],
    table: Option<&'static Table>,
    /// Whether it is listed in statistics.
    registered: AtomicFlag,
    /// How often others have invalidated it, or a part of it.
    by_others: Tally,
}

impl ModelGenerations<NoKey> {
    /// No generations of the group `G`. A key that cannot be one is reported by `G` itself, and not again.
    pub const fn of<G: Group>(
        name: &'static str,
        codec: Codec<G::Key>,
        table: Option<&'static Table>,
        indexes: &'static [&'static dyn ErasedKeyed],
    ) -> ModelGenerations<G::Key> {
        ModelGenerations::new(name, codec, table, indexes)
    }
}

impl<K: Key> ModelGenerations<K> {
    /// No generations. Other processes know them by `name`, and the members as `codec` says.
    pub const fn new(
        name: &'static str,
        codec: Codec<K>,
        table: Option<&'static Table>,
        indexes: &'static [&'static dyn ErasedKeyed],
    ) -> Self {
        let (shared, has_table) = (codec.is_shared(), table.is_some());
        let members = Address::new(name, Part::Members, shared, has_table);
        Self {
            name,
            whole: GenerationCell::at(Address::new(name, Part::Whole, shared, has_table)),
            members: KeyedGenerations::at(members, codec),
            indexes,
            table,
            registered: AtomicFlag::new(false),
            by_others: Tally::new(),
        }
    }

    pub(super) fn table(&self) -> Option<&'static Table> {
        self.table
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Adds the generation that any change of any member ends.
    pub(crate) fn collect_whole_into(&'static self, dependencies: &mut DependencySet) {
        self.register();
        self.whole.collect_into(dependencies);
    }

    /// Adds the generations that a change of one member ends.
    pub(crate) fn collect_member_into(&'static self, key: &K, dependencies: &mut DependencySet) {
        self.register();
        self.members.collect_key_into(key, dependencies);
    }

    /// Invalidates the key alone, of a row whose other groups are known.
    pub(super) fn invalidate_key(&'static self, key: &K, invalidation: &mut Invalidation) {
        invalidation.apply_to_key(&self.members, key);
    }

    /// Invalidates what may depend on a row of which the key is known.
    pub(super) fn invalidate_member(&'static self, key: &K, invalidation: &mut Invalidation) {
        self.invalidate_parts(invalidation, |invalidation| {
            invalidation.apply_to_key(&self.members, key);
            self.indexes.iter().for_each(|index| invalidation.apply_to_keys(*index));
        });
    }

    /// Invalidates what may depend on some rows that share the value of an index; `index` does so for the indexes.
    pub(super) fn invalidate_some(
        &'static self,
        invalidation: &mut Invalidation,
        index: impl FnOnce(&mut Invalidation),
    ) {
        self.invalidate_parts(invalidation, |invalidation| {
            invalidation.apply_to_keys(&self.members);
            index(invalidation);
        });
    }

    /// Invalidates what depends on any row.
    pub(super) fn invalidate_all(&'static self, invalidation: &mut Invalidation) {
        self.invalidate_parts(invalidation, |invalidation| self.invalidate_keys(invalidation));
    }

    /// Invalidates what `parts` does, and the group as a whole.
    pub(super) fn invalidate_parts(
        &'static self,
        invalidation: &mut Invalidation,
        parts: impl FnOnce(&mut Invalidation),
    ) {
        self.register();
        // A key's `Hash`, `Eq` or `Clone` may panic.
        let done = catch_unwind(AssertUnwindSafe(|| parts(invalidation)));
        if done.is_err() {
            // Which group was meant will never be known.
            self.invalidate_keys(invalidation);
        }
        // mutant: member-spares-model
        invalidation.apply_to_cell(&self.whole);
        done.unwrap_or_else(|panic| resume_unwind(panic));
    }

    // mutant: model-spares-members
    fn invalidate_keys(&'static self, invalidation: &mut Invalidation) {
        invalidation.apply_to_keys(&self.members);
        self.indexes.iter().for_each(|index| invalidation.apply_to_keys(*index));
    }

    /// Lists the group in statistics, and for what others invalidate.
    #[inline]
    pub(super) fn register(&'static self) {
        if !self.registered.load(Ordering::Acquire) {
            self.list();
        }
    }

    /// Whoever finds it unlisted does so, rather than go on before another thread has: a generation that begins in
    /// between would be out of others' reach.
    #[cold]
    fn list(&'static self) {
        registry::add_model(self);
        // After it was listed: what others invalidate from here on finds the model.
        // mutant: unused-model-forgets
        let invalidated = links::last_invalidated_by_others();
        if invalidated != Timestamp::NEVER {
            self.end_everything(InvalidatedAt::by_others(invalidated));
        }
        self.registered.store(true, Ordering::Release);
    }

    fn end_everything(&self, at: InvalidatedAt) {
        self.keyed().for_each(|keyed| keyed.end_everything(at));
        self.whole.end_current(at);
    }

    /// The members and the indexes.
    fn keyed(&self) -> impl Iterator<Item = &dyn ErasedKeyed> {
        std::iter::once(&self.members as &dyn ErasedKeyed).chain(self.indexes.iter().copied())
    }

    /// Ends what others have invalidated, and says whether there is such a part.
    fn end_named(&self, group: &NamedGroup, at: InvalidatedAt) -> bool {
        if *group.part() == Part::Whole {
            self.whole.end_current(at);
            return true;
        }
        // mutant: row-of-others-ends-its-key
        if *group.part() == Part::Row {
            // Its index values are not known, before or after the change.
            self.indexes.iter().for_each(|index| index.end_everything(at));
            self.whole.end_current(at);
        }
        self.keyed().any(|keyed| keyed.end_named(group, at))
    }
}

/// Comes into use anew, in each execution of the model check.
#[cfg(all(test, gcache_model))]
impl<K: Key> ModelGenerations<K> {
    pub(crate) fn unlist(&'static self) {
        registry::remove_model(self);
        self.registered.store(false, Ordering::Release);
    }
}

impl<K: Key> AnyModel for ModelGenerations<K> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn links(&self) -> u8 {
        self.whole.links()
    }

    fn invalidate_named(&self, group: &NamedGroup, timestamp: Timestamp) {
        self.by_others.add(1);
        let at = InvalidatedAt::by_others(timestamp);
        // The code of a key may panic.
        let known = catch_unwind(AssertUnwindSafe(|| self.end_named(group, at)));
        // mutant: unknown-part-ignored
        if !known.unwrap_or(false) {
            // Which part was meant will never be known.
            self.end_everything(at);
        }
    }

    fn name_of(&self, generation: &AnyGeneration) -> Option<NamedGroup> {
        if self.whole.has(generation) {
            return self.whole.named();
        }
        let key = generation.key()?;
        let counted = std::ptr::from_ref(generation.changes()).addr();
        let named = self.keyed().find_map(|keyed| keyed.name_of(key, counted))?;
        // Without the key, all of the part would have to be named: but a change of one key ends its own generation, and not
        // that of the part. It ends the model's.
        if named.key().is_some() { Some(named) } else { self.whole.named() }
    }

    fn collect_named(&'static self, group: &NamedGroup, dependencies: &mut DependencySet) -> bool {
        if *group.part() == Part::Whole {
            self.collect_whole_into(dependencies);
            return true;
        }
        self.register();
        self.keyed().any(|keyed| keyed.collect_named(group, dependencies))
    }

    fn invalidate_everything(&self, timestamp: Timestamp) {
        self.by_others.add(1);
        self.end_everything(InvalidatedAt::by_others(timestamp));
    }

    fn report(&self, groups: &mut Vec<GroupReport>) {
        let members = self.members.report(self.name);
        let has_members = TypeId::of::<K>() != TypeId::of::<NoKey>();
        groups.push(if has_members { members } else { members.without_members() });
        groups.extend(self.indexes.iter().map(|index| index.report(self.name)));
    }

    fn stats(&self) -> GroupStats {
        let living: usize = self.keyed().map(ErasedKeyed::living).sum();
        let ended: u64 = self.keyed().map(ErasedKeyed::ended).sum();
        GroupStats {
            name: self.name,
            invalidations: self.whole.invalidations(),
            ended: self.whole.ended() + ended,
            living: (self.whole.living() + living) as u64,
            doubts: self.whole.doubts(),
            by_others: self.by_others.get(),
        }
    }
}

impl<K> std::fmt::Debug for ModelGenerations<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ModelGenerations").field("name", &self.name).finish_non_exhaustive()
    }
}
