//! The generations under which a cached value was computed.

use super::generation::{AnyGeneration, ChangeCount, GroupId, invalidations};
use crate::clock::Timestamp;
use crate::hashing::QuickHasher;
use crate::sync::{AtomicU64, Ordering};
use smallvec::SmallVec;
use std::collections::HashSet;

/// Up to this many generations an entry is validated generation by generation. Above it the sum of their change
/// counts is compared first.
///
/// Without the sum, the first hit after an invalidation of any other group walks all generations: with 1,000 of them
/// it takes 395 ns and not 7 ns, warm in the processor's cache.
pub(crate) const FEW: usize = 8;

/// The generations under which a value was computed. The value is valid while all of them are alive.
#[derive(Debug)]
pub(crate) struct Dependencies {
    /// Mostly two: a member's, and that of the memo's content.
    generations: SmallVec<[AnyGeneration; 2]>,
    /// Where there are more than [`FEW`] generations, their distinct change counts.
    many: Option<Box<Many>>,
    /// The count of [`invalidations`] at which any thread last saw all generations alive.
    seen: AtomicU64,
}

/// No count of invalidations: the generations were not looked at yet.
pub(crate) const NOT_SEEN: u64 = u64::MAX;

#[derive(Debug)]
struct Many {
    changes: Box<[&'static ChangeCount]>,
    /// The sum of the counts, plus one, at which all generations were last seen alive; 0: never. Counts only grow,
    /// so an equal sum means that none has changed.
    seen: AtomicU64,
}

impl Dependencies {
    pub(crate) fn new(generations: SmallVec<[AnyGeneration; 2]>) -> Self {
        let many = (generations.len() > FEW).then(|| Box::new(Many::new(&generations)));
        Self { generations, many, seen: AtomicU64::new(NOT_SEEN) }
    }

    /// Whether all are alive, as remembered until the next invalidation of anything: for many keys that are used
    /// seldom, each generation is one more cache line to fetch.
    #[inline]
    pub(crate) fn are_alive_as_seen(&self) -> bool {
        // Read before the generations: an invalidation ends its generations and is counted after that. Read after
        // them, the count could include an invalidation whose generation was seen alive.
        // mutant: validated-at-later-epoch
        let now = invalidations();
        // mutant: validated-at-later-epoch-2
        // mutant: validated-forever
        if self.seen.load(Ordering::Acquire) == now {
            return true;
        }
        let alive = self.are_alive();
        if alive {
            // mutant: validated-at-later-epoch-3
            self.seen.store(now, Ordering::Release);
        }
        alive
    }

    /// Whether all are alive.
    #[inline]
    pub(crate) fn are_alive(&self) -> bool {
        match &self.many {
            // mutant: ended-entry-served
            None => self.generations.iter().all(|generation| generation.is_alive()),
            Some(many) => many.are_alive(&self.generations),
        }
    }

    /// Whether all were alive at `timestamp`.
    pub(crate) fn lived_at(&self, timestamp: Timestamp) -> bool {
        self.generations.iter().all(|generation| generation.lived_at(timestamp))
    }

    /// The groups whose invalidation ends one of them.
    pub(crate) fn groups(&self) -> impl Iterator<Item = GroupId> {
        self.generations.iter().flat_map(AnyGeneration::groups)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &AnyGeneration> {
        self.generations.iter()
    }
}

impl Many {
    fn new(generations: &[AnyGeneration]) -> Self {
        let mut known = HashSet::<_, QuickHasher>::default();
        let changes = generations.iter().map(|generation| generation.changes());
        let changes = changes.filter(|count| known.insert(std::ptr::from_ref(*count))).collect();
        Self { changes, seen: AtomicU64::new(0) }
    }

    fn are_alive(&self, generations: &[AnyGeneration]) -> bool {
        // Read before the counts: then each count is read no earlier than by the thread that noted this sum, so an
        // equal sum is the sum of equal counts.
        // mutant: sum-read-late
        let seen = self.seen.load(Ordering::Acquire);
        // Read before the generations, as in `are_alive_as_seen`.
        let sum = 1 + self.changes.iter().map(|changes| changes.count()).sum::<u64>();
        // mutant: sum-read-late-2
        if seen == sum {
            return true;
        }
        let alive = generations.iter().all(|generation| generation.is_alive());
        if alive {
            self.seen.store(sum, Ordering::Release);
        }
        alive
    }
}
