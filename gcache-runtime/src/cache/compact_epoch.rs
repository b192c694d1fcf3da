//! Epochs in four bytes each.
//!
//! A place of a near table remembers at which count its entry was last seen alive. Eight bytes for it would
//! make two places longer than a line of the processor's cache; four alone would repeat some day.

use std::cell::Cell;

/// An epoch, in the four bytes that a place has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark(u32);

impl Mark {
    /// No count.
    pub(crate) const NEVER: Self = Self(0);
}

/// The count that marks begin with.
#[derive(Debug)]
pub(crate) struct Horizon(Cell<u64>);

impl Horizon {
    pub(crate) fn new(now: u64) -> Self {
        let horizon = Self(Cell::new(0));
        horizon.begin(now);
        horizon
    }

    /// Begins again with `now`. Marks made before mean nothing any more.
    pub(crate) fn begin(&self, now: u64) -> Mark {
        self.0.set(now.wrapping_sub(1));
        Mark(1)
    }

    /// The mark of `now`, unless it is too far from where marks begin.
    pub(crate) fn mark(&self, now: u64) -> Option<Mark> {
        u32::try_from(now.wrapping_sub(self.0.get())).ok().map(Mark)
    }

    /// Whether `mark` is that of `now`. No count since the horizon has the mark [`Mark::NEVER`].
    #[inline]
    pub(crate) fn is_now(&self, mark: Mark, now: u64) -> bool {
        // mutant: local-looked-at-once
        now.wrapping_sub(self.0.get()) == u64::from(mark.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Horizon, Mark};

    /// The last count whose mark fits.
    const FAR: u64 = u32::MAX as u64 - 1;

    #[test]
    fn a_mark_is_of_one_count_only() {
        let horizon = Horizon::new(7);
        let mark = horizon.mark(7).expect("it fits");
        assert!(horizon.is_now(mark, 7));
        assert!(!horizon.is_now(mark, 8));
        // Where four bytes alone would begin again.
        assert!(!horizon.is_now(mark, 7 + (1 << 32)));
        assert!(!horizon.is_now(Mark::NEVER, 7 + FAR + 1));
    }

    #[test]
    fn marks_end_where_four_bytes_do() {
        let horizon = Horizon::new(7);
        let last = horizon.mark(7 + FAR).expect("it fits");
        assert!(horizon.is_now(last, 7 + FAR));
        assert_eq!(horizon.mark(7 + FAR + 1), None);
        let mark = horizon.begin(7 + FAR + 1);
        assert!(horizon.is_now(mark, 7 + FAR + 1));
        assert!(!horizon.is_now(Mark::NEVER, 7 + FAR + 1));
    }
}
