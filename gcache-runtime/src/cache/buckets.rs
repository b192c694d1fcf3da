//! A set-associative cache: the entries of one memo that a thread holds.
//!
//! An entry may lie in one of two sets of two ways each. A set is mostly one line of the processor's cache. A way
//! holds the entry and, where key and value are small plain data, copies of both ([`Inlined`]): such a hit reads one
//! set and mostly no other memory.

use crate::cache::entry::{Entry, Freshness};
use crate::cache::is_enabled;
use crate::generations::epoch;
use crate::hashing::QuickHasher;
use crate::key::KeyRef;
use crate::sync::Arc;
use std::cell::Cell;
use std::hash::{BuildHasher, Hasher};

/// How many ways a set has.
pub(super) const WAYS: usize = 2;

/// The entries of one memo that a thread holds.
pub(super) struct Buckets<R> {
    /// None, or as many as a power of two.
    pub(super) sets: Vec<Set<R>>,
    /// How many entries have found their ways taken.
    pub(super) conflicts: usize,
    /// At how many conflicts there may be too few ways.
    pub(super) crowded_at: usize,
    /// How many ways there may be.
    pub(super) most: usize,
    /// The epoch that [`CompactEpoch`]s are counted from: it has passed.
    base: Cell<u64>,
}

/// A set of ways.
#[repr(align(64))]
pub(super) struct Set<R> {
    /// Of the residents that the ways hold, or held.
    pub(super) hashes: [u32; WAYS],
    /// The epochs at which the residents were last found valid.
    pub(super) validated: [Cell<CompactEpoch>; WAYS],
    pub(super) residents: [Option<R>; WAYS],
}

/// An epoch in four bytes, counted from the base of its [`Buckets`]. Eight bytes would make a set longer than a line
/// of the processor's cache; four alone would repeat some day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CompactEpoch(u32);

/// A resident, and the epoch at which it was last found valid.
type Found<'a, R> = Option<(&'a R, &'a Cell<CompactEpoch>)>;

/// What a way holds of an entry.
pub(super) trait Resident: 'static {
    type Key: 'static;
    type Value: 'static;

    /// Whether it holds the key itself.
    const HAS_KEY: bool;

    fn new(entry: &Arc<Entry<Self::Key, Self::Value>>) -> Self;

    fn entry(&self) -> &Arc<Entry<Self::Key, Self::Value>>;

    #[inline]
    fn key(&self) -> &Self::Key {
        self.entry().key()
    }

    #[inline]
    fn value(&self) -> &Self::Value {
        self.entry().value()
    }
}

/// An entry, and copies of its key and value.
pub(super) struct Inlined<K, V> {
    entry: Arc<Entry<K, V>>,
    key: K,
    value: V,
}

/// An entry alone.
pub(super) struct Indirect<K, V>(Arc<Entry<K, V>>);

/// How many bytes a key and a value may have together to be inlined.
const LARGEST: usize = 32;

/// Whether keys and values are inlined: small ones that own nothing.
pub(super) const fn is_inlined<K, V>() -> bool {
    !std::mem::needs_drop::<(K, V)>() && size_of::<(K, V)>() <= LARGEST
}

/// A quick hash of a key. It finds the sets of the key, and decides only how often entries are in each other's way.
#[inline]
pub(super) fn quick_hash(query: impl KeyRef) -> u32 {
    let mut hasher = QuickHasher::default().build_hasher();
    query.hash(&mut hasher);
    #[expect(clippy::cast_possible_truncation, reason = "more bits than there are ways")]
    let hash = hasher.finish() as u32;
    hash
}

impl<R: Resident> Buckets<R> {
    /// At most so many ways.
    pub(super) fn new(most: usize) -> Self {
        let base = Cell::new(epoch().wrapping_sub(1));
        Self { sets: Vec::new(), conflicts: 0, crowded_at: 0, most, base }
    }

    /// The resident of a key, and the epoch at which it was last found valid. The key itself decides; `hash` says
    /// where to look.
    #[inline]
    pub(super) fn get(&self, hash: u32, query: impl KeyRef<Key = R::Key>) -> Found<'_, R> {
        let [first, second] = self.sets_of(hash);
        self.sets.get(first)?.get(hash, query).or_else(|| self.sets.get(second)?.get(hash, query))
    }

    /// Whether an entry was last `validated` at this very epoch.
    #[inline]
    pub(super) fn is_valid(&self, validated: &Cell<CompactEpoch>) -> bool {
        validated.get().is(epoch(), self.base.get())
    }

    /// Validates an entry again, and notes the epoch in `validated`. `None` where caching is off or the memo has removed
    /// the entry, else what its generations and its limits in time say.
    #[inline]
    pub(super) fn revalidate(
        &self,
        entry: &Entry<R::Key, R::Value>,
        validated: &Cell<CompactEpoch>,
    ) -> Option<Freshness> {
        // Read before all else: an entry that ends, or may not be served any more, is marked first and counted after,
        // so an epoch that counts the mark finds it.
        // mutant: local-alive-at-later-epoch
        let now = epoch();
        // mutant: local-served-while-off
        // mutant: local-served-after-eviction
        if !is_enabled() || entry.is_removed() {
            return None;
        }
        let freshness = entry.freshness(entry.dependencies().are_alive());
        // mutant: local-time-ignored
        if freshness == Freshness::Fresh && !entry.is_limited() {
            // mutant: local-alive-at-later-epoch-2
            validated.set(self.compact(now));
        }
        Some(freshness)
    }

    /// `epoch` in four bytes. Where it is too far from the base, it becomes the first of a new one.
    pub(super) fn compact(&self, epoch: u64) -> CompactEpoch {
        CompactEpoch::new(epoch, self.base.get()).unwrap_or_else(|| {
            let words = self.sets.iter().flat_map(|set| &set.validated);
            words.for_each(|word| word.set(CompactEpoch::NEVER));
            self.base.set(epoch.wrapping_sub(1));
            CompactEpoch(1)
        })
    }

    /// The sets that may hold an entry of `hash`: by its low bits and by its high ones.
    #[inline]
    pub(super) fn sets_of(&self, hash: u32) -> [usize; 2] {
        let mask = self.sets.len().wrapping_sub(1);
        [hash as usize & mask, hash.swap_bytes() as usize & mask]
    }
}

impl<R> Set<R> {
    pub(super) fn new() -> Self {
        Self {
            hashes: [0; WAYS],
            validated: [const { Cell::new(CompactEpoch::NEVER) }; WAYS],
            residents: [const { None }; WAYS],
        }
    }
}

impl<R: Resident> Set<R> {
    #[inline]
    fn get(&self, hash: u32, query: impl KeyRef<Key = R::Key>) -> Found<'_, R> {
        // Counted, not branched on: no processor could guess which way it is.
        let way = usize::from(self.hashes[0] != hash);
        let resident = self.residents[way].as_ref()?;
        // An inlined key is as near as its hash; any other may be further away.
        let may = R::HAS_KEY || self.hashes[way] == hash;
        // mutant: hash-trusted-local
        let is = may && query.equivalent(resident.key());
        is.then_some((resident, &self.validated[way]))
    }
}

impl CompactEpoch {
    /// No epoch: none since the base is encoded so.
    pub(super) const NEVER: Self = Self(0);

    fn new(epoch: u64, base: u64) -> Option<Self> {
        u32::try_from(epoch.wrapping_sub(base)).ok().map(Self)
    }

    /// Whether it stands for `epoch`.
    #[inline]
    fn is(self, epoch: u64, base: u64) -> bool {
        // mutant: local-looked-at-once
        epoch.wrapping_sub(base) == u64::from(self.0)
    }
}

impl<K: Clone + 'static, V: Clone + 'static> Resident for Inlined<K, V> {
    type Key = K;
    type Value = V;

    const HAS_KEY: bool = true;

    fn new(entry: &Arc<Entry<K, V>>) -> Self {
        Self { entry: Arc::clone(entry), key: entry.key().clone(), value: entry.value().clone() }
    }

    fn entry(&self) -> &Arc<Entry<K, V>> {
        &self.entry
    }

    #[inline]
    fn key(&self) -> &K {
        &self.key
    }

    #[inline]
    fn value(&self) -> &V {
        &self.value
    }
}

impl<K: 'static, V: 'static> Resident for Indirect<K, V> {
    type Key = K;
    type Value = V;

    const HAS_KEY: bool = false;

    fn new(entry: &Arc<Entry<K, V>>) -> Self {
        Self(Arc::clone(entry))
    }

    #[inline]
    fn entry(&self) -> &Arc<Entry<K, V>> {
        &self.0
    }
}

#[cfg(all(test, not(gcache_model)))]
mod tests {
    use super::{CompactEpoch, Inlined, Set};

    /// The last epoch after base 6 that fits.
    const FAR: u64 = 6 + u32::MAX as u64;

    #[test]
    fn a_compact_epoch_is_one_epoch_only() {
        let word = CompactEpoch::new(7, 6).expect("it fits");
        assert!(word.is(7, 6));
        assert!(!word.is(8, 6));
        // Where four bytes alone would begin again.
        assert!(!word.is(7 + (1 << 32), 6));
        assert!(!CompactEpoch::NEVER.is(FAR + 1, 6));
    }

    #[test]
    fn compact_epochs_end_where_four_bytes_do() {
        let last = CompactEpoch::new(FAR, 6).expect("it fits");
        assert!(last.is(FAR, 6));
        assert_eq!(CompactEpoch::new(FAR + 1, 6), None);
        let first = CompactEpoch::new(FAR + 1, FAR).expect("it fits");
        assert!(first.is(FAR + 1, FAR));
        assert!(!CompactEpoch::NEVER.is(FAR + 1, FAR));
    }

    #[test]
    fn a_set_of_pairs_of_numbers_is_one_cache_line() {
        assert_eq!(size_of::<Set<Inlined<u64, u64>>>(), 64);
    }
}
