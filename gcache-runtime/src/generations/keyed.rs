//! The living generations of many groups that one kind of key names.

use crate::clock::LastTimestamp;
use crate::generations::cell::GenerationCell;
use crate::generations::dependency_set::DependencySet;
use crate::generations::doubt::{Doubts, End};
use crate::generations::generation::{ChangeCount, Generation, GroupId};
use crate::generations::invalidation::Invalidation;
use crate::generations::pending::Pending;
use crate::generations::table::GenerationTable;
use crate::stats::Tally;
use crate::sync::{OnceLock, Ordering, fence};
use crate::thread;
use std::any::Any;
use std::hash::Hash;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// What a group's key, and the value of an index, must be able to do.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot name a group",
    label = "needs `Hash`, `Eq`, `Clone`, `Send` and `Sync`, and may borrow nothing",
    note = "mark another field, or give this one a type that has them"
)]
pub trait Key: Clone + Hash + Eq + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<K: Clone + Hash + Eq + Send + Sync + 'static> Key for K {}

/// The living generations of the groups that one kind of key names: the members of a model by
/// their key, or by the value of one index.
#[derive(Debug)]
pub(crate) struct KeyedGenerations<K> {
    /// Ends when all groups of the family end, so that this costs the same for one as for a million.
    whole: GenerationCell,
    living: OnceLock<GenerationTable<K>>,
    /// For each share of the keys, when one of them was last invalidated.
    invalidated: [LastTimestamp; SHARES],
    doubts: Doubts,
    pulse: ChangeCount,
    ended: Tally,
}

/// Into how many shares the keys fall for [`KeyedGenerations::invalidated`]. More shares mean fewer values that are
/// not stored because a neighbour of a late dependency was invalidated; a share takes 8 bytes.
const SHARES: usize = 64;

impl<K: Key> KeyedGenerations<K> {
    /// A family without generations.
    pub(crate) const fn new() -> Self {
        Self {
            whole: GenerationCell::new(),
            living: OnceLock::new(),
            invalidated: [const { LastTimestamp::new() }; SHARES],
            doubts: Doubts::new(),
            pulse: ChangeCount::new(),
            ended: Tally::new(),
        }
    }

    fn roll(&self) -> &GenerationTable<K> {
        self.living.get_or_init(GenerationTable::new)
    }

    fn share(&self, hash: u64) -> &LastTimestamp {
        let share = usize::try_from(hash % SHARES as u64).expect("a remainder of 64 fits");
        &self.invalidated[share]
    }

    /// Names the group of a key within the process.
    fn id(&self, hash: u64) -> GroupId {
        GroupId(hash ^ self.whole.id().0.rotate_left(32))
    }

    /// Adds the living generation of `key` to `dependencies`, and that of the family.
    pub(crate) fn take(&'static self, key: &K, dependencies: &mut DependencySet) {
        if thread::is_ending() {
            // What is computed there is stored by nobody.
            return dependencies.outdate();
        }
        self.whole.take(dependencies);
        let roll = self.roll();
        let hash = roll.hash(key);
        let generation = roll.take(key, hash, || Generation::begin(self.id(hash), &self.pulse));
        // Pairs with the fence in `end_at`: either an invalidation finds this generation, or its timestamp and its doubt
        // are seen here. Without it a late dependency could slip between the two.
        fence(Ordering::SeqCst);
        dependencies.add_taken(&generation, self.share(hash).get());
        if let Some(begun) = dependencies.begun()
            && let Some(until) = self.doubts.until(hash)
        {
            dependencies.doubt(begun, until);
        }
    }

    /// Ends the living generation of `key` as part of `invalidation`.
    pub(crate) fn end(&'static self, key: &K, invalidation: &mut Invalidation) {
        let hash = self.roll().hash(key);
        let later = || EndMember { family: self, key: key.clone(), hash };
        invalidation.end(self.id(hash), |end| self.end_at(key, hash, end), later);
    }

    /// Forgets the doubts of its keys and of its own.
    #[cfg(all(test, gcache_model))]
    pub(crate) fn forget_doubts(&self) {
        self.whole.forget_doubt();
        self.doubts.forget_all();
    }

    fn end_at(&self, key: &K, hash: u64, End { timestamp, doubt }: End) -> bool {
        // mutant: end-before-timestamp
        self.share(hash).advance(timestamp);
        // mutant: doubt-after-end
        if let Some(until) = doubt {
            // mutant: keys-no-doubt
            self.doubts.add(hash, until);
        }
        fence(Ordering::SeqCst);
        // mutant: doubt-after-end-2
        // mutant: counted-before-end-2
        let ended = self.roll().end(key, hash, timestamp);
        // mutant: counted-before-end
        // mutant: keyed-not-counted
        // mutant: end-before-timestamp-2
        self.pulse.increment();
        self.ended.add(usize::from(ended));
        ended
    }
}

/// The ending of a key's group, held back.
struct EndMember<K: 'static> {
    family: &'static KeyedGenerations<K>,
    key: K,
    hash: u64,
}

impl<K: Key> Pending for EndMember<K> {
    fn end(&self, end: End) -> bool {
        let member = || self.family.end_at(&self.key, self.hash, end);
        catch_unwind(AssertUnwindSafe(member)).unwrap_or_else(|panic| {
            // Which group was meant will never be known.
            self.family.whole.end_at(end);
            resume_unwind(panic);
        })
    }

    fn is(&self, other: &dyn Any) -> bool {
        let other: Option<&Self> = other.downcast_ref();
        other.is_some_and(|other| std::ptr::eq(self.family, other.family) && self.key == other.key)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl<K: Key> Default for KeyedGenerations<K> {
    fn default() -> Self {
        Self::new()
    }
}

/// What a ledger needs of its families, whatever their keys are.
pub trait AnyKeyed: Send + Sync {
    /// Ends every group of the family.
    fn end_all(&'static self, invalidation: &mut Invalidation);

    /// How many generations live.
    fn living(&self) -> usize;

    /// How many generations have ended.
    fn ended(&self) -> u64;
}

impl<K: Key> AnyKeyed for KeyedGenerations<K> {
    fn end_all(&'static self, invalidation: &mut Invalidation) {
        self.whole.end(invalidation);
    }

    fn living(&self) -> usize {
        self.living.get().map_or(0, GenerationTable::living)
    }

    fn ended(&self) -> u64 {
        self.whole.ended() + self.ended.get()
    }
}
