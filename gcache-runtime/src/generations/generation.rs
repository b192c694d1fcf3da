//! Generations: one life of a group, as an object with one flag.

use crate::clock::Timestamp;
use crate::hashing::QuickHasher;
use crate::sync::{Arc, AtomicU64, Ordering};
use smallvec::SmallVec;
use std::collections::HashSet;

/// Names a group within the process, by hash. Only a transaction asks for it, where a collision
/// would make a call compute that could have hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GroupId(pub(crate) u64);

/// What happens to entries anywhere in the process.
static EPOCH: Epoch = Epoch { invalidations: AtomicU64::new(0), others: AtomicU64::new(0) };

/// On cache lines of its own: each hit reads it.
#[repr(align(128))]
struct Epoch {
    /// Beats after every invalidation of anything.
    invalidations: AtomicU64,
    /// Counts what else makes an entry that lives one that is not to be served.
    others: AtomicU64,
}

/// A count of all invalidations that have ended their generations. While it stands still, what was alive is.
#[inline]
pub(crate) fn invalidations() -> u64 {
    EPOCH.invalidations.load(Ordering::SeqCst)
}

/// Counts something that may keep a living entry from being served, after it can be seen: its memo gave it
/// up, or caching was turned off or on.
pub(crate) fn advance_epoch() {
    EPOCH.others.fetch_add(1, Ordering::SeqCst);
}

/// A count of all for which an entry may not be served any more, but for its age. Both parts only grow, so
/// while the sum stands still neither has moved.
#[inline]
pub(crate) fn epoch() -> u64 {
    invalidations().wrapping_add(EPOCH.others.load(Ordering::SeqCst))
}

/// Counts the invalidations of a ledger, each after its generations have ended.
#[derive(Debug)]
pub(crate) struct ChangeCount(AtomicU64);

impl ChangeCount {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    pub(crate) fn increment(&self) {
        // After the generations have ended: whoever counts this beat finds them so.
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
    pulse: &'static ChangeCount,
}

const ALIVE: u64 = 0;

impl Generation {
    pub(crate) fn begin(group: GroupId, pulse: &'static ChangeCount) -> Arc<Self> {
        Arc::new(Self { ended: AtomicU64::new(ALIVE), group, pulse })
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

    /// Whether it still lived at `timestamp`, so that no invalidation that had returned by then has ended it.
    pub(crate) fn lived_at(&self, timestamp: Timestamp) -> bool {
        let ended = self.ended.load(Ordering::Acquire);
        ended == ALIVE || ended > timestamp.as_u64()
    }

    pub(crate) fn group(&self) -> GroupId {
        self.group
    }
}

/// Above this many generations an entry is checked by pulse first, generation by generation only
/// after something in its ledgers was invalidated.
pub(crate) const FEW: usize = 8;

/// The generations under which a value was computed. The value is fresh while all of them live.
#[derive(Debug)]
pub(crate) struct Dependencies {
    /// Mostly three: a member's own, its family's, and the memo's content.
    generations: SmallVec<[Arc<Generation>; 3]>,
    /// Where there are many generations, the distinct pulses behind them.
    many: Option<Box<Many>>,
    /// The count of [`everything`] at which all generations were last seen alive, by whichever thread.
    seen: AtomicU64,
}

/// No count of invalidations: the generations have not been looked at.
pub(crate) const NOT_SEEN: u64 = u64::MAX;

#[derive(Debug)]
struct Many {
    pulses: Box<[&'static ChangeCount]>,
    /// The sum of the pulses, plus one, at which all generations were last seen alive; 0: never.
    /// Pulses only grow, so an equal sum means that none has moved.
    seen: AtomicU64,
}

impl Dependencies {
    pub(crate) fn new(generations: SmallVec<[Arc<Generation>; 3]>) -> Self {
        let many = (generations.len() > FEW).then(|| Box::new(Many::new(&generations)));
        Self { generations, many, seen: AtomicU64::new(NOT_SEEN) }
    }

    /// Whether all live, as remembered until something is invalidated: for many keys that are used seldom, a
    /// generation is one more place in memory.
    #[inline]
    pub(crate) fn are_alive_as_seen(&self) -> bool {
        // Read before the generations: an invalidation ends its generations first and is counted after, so a
        // count that has it finds them ended.
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

    /// Whether all live.
    #[inline]
    pub(crate) fn are_alive(&self) -> bool {
        match &self.many {
            // mutant: ended-entry-served
            None => self.generations.iter().all(|generation| generation.is_alive()),
            Some(many) => many.are_alive(&self.generations),
        }
    }

    /// Whether all still lived at `timestamp`.
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
        let pulses = generations.iter().map(|generation| generation.pulse);
        let pulses = pulses.filter(|pulse| known.insert(std::ptr::from_ref(*pulse))).collect();
        Self { pulses, seen: AtomicU64::new(0) }
    }

    fn are_alive(&self, generations: &[Arc<Generation>]) -> bool {
        // Read before the pulses: then each of them is read no earlier than by whoever has noted
        // this sum, so an equal sum is the sum of equal counts.
        // mutant: sum-read-late
        let seen = self.seen.load(Ordering::Acquire);
        // Read before the generations: an invalidation ends its generations first and beats after, so a
        // sum that counts it finds them ended.
        let sum = 1 + self.pulses.iter().map(|pulse| pulse.count()).sum::<u64>();
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
