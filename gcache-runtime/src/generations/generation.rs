//! Generations: one life of a group, as an object with one flag.

use crate::clock::Timestamp;
use crate::hashing::QuickHasher;
use crate::sync::{Arc, AtomicU64, Ordering};
use smallvec::SmallVec;
use std::collections::HashSet;

/// Names a group within the process, by hash. Only a transaction asks for it, where a collision
/// would make a call compute that could have hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupId(pub(crate) u64);

/// The global epoch.
static EPOCH: Epoch = Epoch { invalidations: AtomicU64::new(0), others: AtomicU64::new(0) };

/// On cache lines of its own: each hit reads it.
#[repr(align(128))]
struct Epoch {
    /// Incremented after every invalidation has ended its generations.
    invalidations: AtomicU64,
    /// Counts what else keeps a valid entry from being served.
    others: AtomicU64,
}

/// How many invalidations have ended their generations. While it has not changed, a generation that was alive is
/// alive.
#[inline]
pub(crate) fn invalidations() -> u64 {
    EPOCH.invalidations.load(Ordering::SeqCst)
}

/// Advances the global epoch for an eviction or an on/off switch, after either can be seen.
pub(crate) fn advance_epoch() {
    EPOCH.others.fetch_add(1, Ordering::SeqCst);
}

/// The global epoch: incremented by every invalidation, eviction and on/off switch. While it has not changed since
/// an entry was last validated, the entry is valid (expiry aside).
#[inline]
pub(crate) fn epoch() -> u64 {
    // Both parts only grow, so an equal sum means that neither has changed.
    invalidations().wrapping_add(EPOCH.others.load(Ordering::SeqCst))
}

/// How often the groups of one cell or table were invalidated.
#[derive(Debug)]
pub(crate) struct ChangeCount(AtomicU64);

impl ChangeCount {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    pub(crate) fn increment(&self) {
        // After the generations have ended: a reader of this count finds them ended.
        // mutant: model-count-restarts
        self.0.fetch_add(1, Ordering::SeqCst);
        // mutant: epoch-not-advanced
        // mutant: epoch-restarts
        EPOCH.invalidations.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// One life of a group. It ends once and never comes back.
#[derive(Debug)]
pub(crate) struct Generation {
    /// The timestamp at which it ended, or [`ALIVE`].
    ended: AtomicU64,
    group: GroupId,
    /// The count of its cell or table.
    changes: &'static ChangeCount,
}

const ALIVE: u64 = 0;

impl Generation {
    pub(crate) fn begin(group: GroupId, changes: &'static ChangeCount) -> Arc<Self> {
        Arc::new(Self { ended: AtomicU64::new(ALIVE), group, changes })
    }

    #[inline]
    pub(crate) fn is_alive(&self) -> bool {
        self.ended.load(Ordering::Acquire) == ALIVE
    }

    // mutant: generation-comes-back-2
    /// Ends it, and says whether this call did. The first timestamp stands.
    pub(crate) fn end(&self, timestamp: Timestamp) -> bool {
        let end = self.ended.compare_exchange(
            ALIVE,
            timestamp.as_u64(),
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        end.is_ok()
    }

    /// Whether it was alive at `timestamp`: no invalidation that had returned by then has ended it.
    pub(crate) fn lived_at(&self, timestamp: Timestamp) -> bool {
        let ended = self.ended.load(Ordering::Acquire);
        ended == ALIVE || ended > timestamp.as_u64()
    }

    pub(crate) fn group(&self) -> GroupId {
        self.group
    }
}

/// Up to this many generations an entry is validated generation by generation. Above it the sum of their change
/// counts is compared first.
///
/// Without the sum, the first hit after an invalidation of any other group walks all generations: with 1,000 of them
/// it takes 395 ns and not 7 ns, warm in the processor's cache.
pub(crate) const FEW: usize = 8;

/// The generations under which a value was computed. The value is valid while all of them are alive.
#[derive(Debug)]
pub(crate) struct Dependencies {
    /// Mostly three: a member's own, that of all members, and the memo's content.
    generations: SmallVec<[Arc<Generation>; 3]>,
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
    pub(crate) fn new(generations: SmallVec<[Arc<Generation>; 3]>) -> Self {
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

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Generation>> {
        self.generations.iter()
    }
}

impl Many {
    fn new(generations: &[Arc<Generation>]) -> Self {
        let mut known = HashSet::<_, QuickHasher>::default();
        let changes = generations.iter().map(|generation| generation.changes);
        let changes = changes.filter(|count| known.insert(std::ptr::from_ref(*count))).collect();
        Self { changes, seen: AtomicU64::new(0) }
    }

    fn are_alive(&self, generations: &[Arc<Generation>]) -> bool {
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
