//! An epoch in four bytes.

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

#[cfg(all(test, not(gcache_model)))]
mod tests {
    use super::CompactEpoch;

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
