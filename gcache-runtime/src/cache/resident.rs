//! What a thread-local cache holds of an entry: the entry, and copies of its key and value where they are small plain
//! data. A hit of such a copy reads mostly no other memory. A set of ways is mostly one line of it.

use crate::cache::entry::Entry;
use crate::key::KeyRef;
use crate::sync::Arc;
use std::cell::Cell;

/// How many ways a set has.
pub(super) const WAYS: usize = 2;

/// What a way holds of an entry.
pub(super) trait Resident: 'static {
    type Key: 'static;
    type Value: 'static;

    /// Aligned as a set of ways is to be: no set lies on a line of the processor's cache more than it must.
    type Align;

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

/// One line.
#[repr(align(64))]
pub(super) struct Line;

/// Half a line.
#[repr(align(32))]
pub(super) struct HalfLine;

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

impl<K: Clone + 'static, V: Clone + 'static> Resident for Inlined<K, V> {
    type Key = K;
    type Value = V;
    type Align = Line;

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
    type Align = HalfLine;

    const HAS_KEY: bool = false;

    fn new(entry: &Arc<Entry<K, V>>) -> Self {
        Self(Arc::clone(entry))
    }

    #[inline]
    fn entry(&self) -> &Arc<Entry<K, V>> {
        &self.0
    }
}

/// An epoch in four bytes, counted from the base of its buckets. Eight bytes would make a set longer than a line
/// of the processor's cache; four alone would repeat some day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CompactEpoch(u32);

impl CompactEpoch {
    /// No epoch: none since the base is encoded so.
    pub(super) const NEVER: Self = Self(0);

    /// The epoch after the base.
    pub(super) const FIRST: Self = Self(1);

    pub(super) fn new(epoch: u64, base: u64) -> Option<Self> {
        u32::try_from(epoch.wrapping_sub(base)).ok().map(Self)
    }

    /// Whether it stands for `epoch`.
    #[inline]
    pub(super) fn is(self, epoch: u64, base: u64) -> bool {
        // mutant: local-looked-at-once
        epoch.wrapping_sub(base) == u64::from(self.0)
    }
}

/// A set of ways.
pub(super) struct Set<R: Resident> {
    /// Of the residents that the ways hold, or held.
    pub(super) hashes: [u32; WAYS],
    /// The epochs at which the residents were last found valid.
    pub(super) validated: [Cell<CompactEpoch>; WAYS],
    pub(super) residents: [Option<R>; WAYS],
    /// Nothing.
    _align: [R::Align; 0],
}

/// A resident, and the epoch at which it was last found valid.
pub(super) type Found<'a, R> = Option<(&'a R, &'a Cell<CompactEpoch>)>;

impl<R: Resident> Set<R> {
    pub(super) fn new() -> Self {
        Self {
            hashes: [0; WAYS],
            validated: [const { Cell::new(CompactEpoch::NEVER) }; WAYS],
            residents: [const { None }; WAYS],
            _align: [],
        }
    }

    #[inline]
    pub(super) fn get(&self, hash: u32, query: impl KeyRef<Key = R::Key>) -> Found<'_, R> {
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

#[cfg(all(test, not(gcache_model)))]
mod tests {
    use super::{CompactEpoch, Indirect, Inlined, Set};

    #[test]
    fn a_set_is_one_cache_line_or_half_of_one() {
        assert_eq!(size_of::<Set<Inlined<u64, u64>>>(), 64);
        assert_eq!(align_of::<Set<Inlined<u64, u64>>>(), 64);
        assert_eq!(size_of::<Set<Indirect<u64, String>>>(), 32);
        assert_eq!(align_of::<Set<Indirect<u64, String>>>(), 32);
    }

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
}
