//! Generations: one life of a group, as an object with one flag.
//!
//! The generation of a key has a *parent*, the generation with which all keys of its kind end. It is alive while its own
//! flag and that of its parent say so.

use super::keys::AnyKey;
use crate::clock::Timestamp;
use crate::sync::{Arc, AtomicU64, Ordering};
use std::any::Any;

/// Names a group within the process, by hash. Only a transaction asks for it, where a collision
/// would make a call compute that could have hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GroupId(pub(crate) u64);

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

/// How often the group of a cell was invalidated, or a group of the keys that end with the cell.
#[derive(Debug)]
pub(crate) struct ChangeCount {
    count: AtomicU64,
    /// Whether it is that of a memo's content.
    is_of_content: bool,
}

impl ChangeCount {
    pub(crate) const fn new() -> Self {
        Self { count: AtomicU64::new(0), is_of_content: false }
    }

    /// Of the content of a memo that nothing but clearing ends.
    pub(crate) const fn of_content() -> Self {
        Self { count: AtomicU64::new(0), is_of_content: true }
    }

    pub(crate) fn increment(&self) {
        // After the generations have ended: a reader of this count finds them ended, and counted.
        // mutant: model-count-restarts
        self.count.fetch_add(1, Ordering::SeqCst);
        // mutant: epoch-not-advanced
        // mutant: epoch-restarts
        EPOCH.invalidations.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    /// Names the group that the cell of this count stands for.
    pub(super) fn group(&self) -> GroupId {
        GroupId(std::ptr::from_ref(self).addr() as u64)
    }

    /// Names the group of a key with this `hash`, if all keys end with the cell of this count.
    pub(super) fn group_of_key(&self, hash: u64) -> GroupId {
        GroupId(hash ^ self.group().0.rotate_left(32))
    }
}

/// The flag of a generation. It is lowered once.
#[derive(Debug)]
struct Flag {
    /// The timestamp at which the generation ended, or [`ALIVE`].
    ended: AtomicU64,
}

const ALIVE: u64 = 0;

impl Flag {
    fn new() -> Self {
        Self { ended: AtomicU64::new(ALIVE) }
    }

    #[inline]
    fn is_alive(&self) -> bool {
        self.ended.load(Ordering::Acquire) == ALIVE
    }

    /// Says whether this call has lowered it. The first timestamp stands.
    fn end(&self, timestamp: Timestamp) -> bool {
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

    /// Whether no invalidation that had returned by `timestamp` has lowered it.
    fn lived_at(&self, timestamp: Timestamp) -> bool {
        let ended = self.ended.load(Ordering::Acquire);
        ended == ALIVE || ended > timestamp.as_u64()
    }
}

/// One life of the group that a cell stands for. It ends once and never comes back.
#[derive(Debug)]
pub(crate) struct Generation {
    flag: Flag,
    /// The count of its cell.
    changes: &'static ChangeCount,
}

impl Generation {
    pub(crate) fn begin(changes: &'static ChangeCount) -> Arc<Self> {
        Arc::new(Self { flag: Flag::new(), changes })
    }

    #[inline]
    pub(crate) fn is_alive(&self) -> bool {
        self.flag.is_alive()
    }

    /// Ends it, and says whether this call did.
    pub(crate) fn end(&self, timestamp: Timestamp) -> bool {
        self.flag.end(timestamp)
    }
}

/// One life of the group that a key names: an object for the generation and its place in a table. It ends once, by
/// itself or with its parent, and never comes back.
pub(crate) struct KeyGeneration<K: ?Sized> {
    flag: Flag,
    /// Ends when all keys are invalidated.
    parent: Arc<Generation>,
    hash: u64,
    key: K,
}

impl<K> KeyGeneration<K> {
    pub(super) fn begin(parent: Arc<Generation>, hash: u64, key: K) -> Arc<Self> {
        Arc::new(Self { flag: Flag::new(), parent, hash, key })
    }

    pub(super) fn key(&self) -> &K {
        &self.key
    }
}

impl<K: ?Sized> KeyGeneration<K> {
    #[inline]
    pub(crate) fn is_alive(&self) -> bool {
        // mutant: parent-not-looked-at
        self.flag.is_alive() && self.parent.is_alive()
    }

    // mutant: generation-comes-back-2
    /// Ends it, whether or not its parent has ended. Says whether this call did.
    pub(super) fn end(&self, timestamp: Timestamp) -> bool {
        self.flag.end(timestamp)
    }

    pub(super) fn hash(&self) -> u64 {
        self.hash
    }
}

/// A generation of any group, as what depends on it refers to it.
#[derive(Clone)]
pub(crate) enum AnyGeneration {
    OfCell(Arc<Generation>),
    OfKey(Arc<KeyGeneration<dyn AnyKey>>),
}

impl AnyGeneration {
    #[inline]
    pub(crate) fn is_alive(&self) -> bool {
        match self {
            Self::OfCell(generation) => generation.is_alive(),
            Self::OfKey(generation) => generation.is_alive(),
        }
    }

    /// Whether it was alive at `timestamp`: no invalidation that had returned by then has ended it.
    pub(crate) fn lived_at(&self, timestamp: Timestamp) -> bool {
        match self {
            Self::OfCell(generation) => generation.flag.lived_at(timestamp),
            Self::OfKey(generation) => {
                // mutant: parent-lived-always
                generation.flag.lived_at(timestamp) && generation.parent.flag.lived_at(timestamp)
            }
        }
    }

    /// The groups whose invalidation ends it.
    pub(crate) fn groups(&self) -> impl Iterator<Item = GroupId> {
        let changes = self.changes();
        let of_key = match self {
            Self::OfCell(_) => None,
            Self::OfKey(generation) => Some(changes.group_of_key(generation.hash)),
        };
        // mutant: parent-untouched
        std::iter::once(changes.group()).chain(of_key)
    }

    /// Whether it is that of a memo's content, which ends when the memo is cleared and says nothing about values.
    pub(crate) fn is_content(&self) -> bool {
        matches!(self, Self::OfCell(generation) if generation.changes.is_of_content)
    }

    /// The key that its group is named by.
    pub(crate) fn key(&self) -> Option<&dyn Any> {
        match self {
            Self::OfCell(_) => None,
            Self::OfKey(generation) => Some(generation.key.any()),
        }
    }

    /// Advances when it ends.
    pub(crate) fn changes(&self) -> &'static ChangeCount {
        match self {
            Self::OfCell(generation) => generation.changes,
            Self::OfKey(generation) => generation.parent.changes,
        }
    }

    /// Tells it apart from all others that exist.
    pub(crate) fn address(&self) -> usize {
        match self {
            Self::OfCell(generation) => Arc::as_ptr(generation).addr(),
            Self::OfKey(generation) => Arc::as_ptr(generation).addr(),
        }
    }
}

impl std::fmt::Debug for AnyGeneration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AnyGeneration").field("alive", &self.is_alive()).finish_non_exhaustive()
    }
}
