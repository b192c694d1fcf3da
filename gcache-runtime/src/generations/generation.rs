//! Generations: one life of a group, as an object with one flag.

use crate::clock::Timestamp;
use crate::sync::{Arc, AtomicU64, Ordering};

/// Names a group within the process, by hash. Only a transaction asks for it, where a collision
/// would make a call compute that could have hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupId(pub(crate) u64);

/// The global epoch.
static EPOCH: Epoch =
    Epoch { ended: AtomicU64::new(1), invalidations: AtomicU64::new(0), others: AtomicU64::new(0) };

/// On cache lines of its own: each hit reads it.
#[repr(align(128))]
struct Epoch {
    /// Incremented after each end of a generation.
    ended: AtomicU64,
    /// Incremented after every invalidation has ended its generations.
    invalidations: AtomicU64,
    /// Counts what else keeps a valid entry from being served.
    others: AtomicU64,
}

/// One more than how many generations have ended. While it has not changed, a generation that was alive is alive.
#[inline]
pub(crate) fn ended_generations() -> u64 {
    EPOCH.ended.load(Ordering::SeqCst)
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
    EPOCH.invalidations.load(Ordering::SeqCst).wrapping_add(EPOCH.others.load(Ordering::SeqCst))
}

/// How often the groups of one cell or table were invalidated.
#[derive(Debug)]
pub(crate) struct ChangeCount(AtomicU64);

impl ChangeCount {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    pub(crate) fn increment(&self) {
        // After the generations have ended: a reader of this count finds them ended, and counted.
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

/// A generation of any group, as what depends on it refers to it.
#[derive(Clone, Debug)]
pub(crate) struct AnyGeneration(Arc<Generation>);

impl From<Arc<Generation>> for AnyGeneration {
    fn from(generation: Arc<Generation>) -> Self {
        Self(generation)
    }
}

impl AnyGeneration {
    #[inline]
    pub(crate) fn is_alive(&self) -> bool {
        self.0.is_alive()
    }

    /// Whether it was alive at `timestamp`: no invalidation that had returned by then has ended it.
    pub(crate) fn lived_at(&self, timestamp: Timestamp) -> bool {
        self.0.lived_at(timestamp)
    }

    /// The groups whose invalidation ends it.
    pub(crate) fn groups(&self) -> impl Iterator<Item = GroupId> {
        std::iter::once(self.0.group)
    }

    /// Advances when it ends.
    pub(crate) fn changes(&self) -> &'static ChangeCount {
        self.0.changes
    }

    /// Tells it apart from all others that exist.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }
}

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
        if end.is_ok() {
            // After the flag: a reader of this count finds it set.
            // mutant: end-not-counted
            EPOCH.ended.fetch_add(1, Ordering::SeqCst);
        }
        end.is_ok()
    }

    /// Whether it was alive at `timestamp`: no invalidation that had returned by then has ended it.
    pub(crate) fn lived_at(&self, timestamp: Timestamp) -> bool {
        let ended = self.ended.load(Ordering::Acquire);
        ended == ALIVE || ended > timestamp.as_u64()
    }
}
