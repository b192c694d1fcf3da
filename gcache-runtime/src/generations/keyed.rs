//! The living generations of many groups that one kind of key names.

use crate::clock::LastTick;
use crate::generations::cell::Slot;
use crate::generations::dependency_set::Basis;
use crate::generations::doubt::{Doubts, End};
use crate::generations::generation::{Generation, GroupId, Pulse};
use crate::generations::invalidation::Invalidation;
use crate::generations::pending::Ending;
use crate::generations::table::Roll;
use crate::stats::Tally;
use crate::sync::{Ordering, fence};
use crate::thread;
use std::any::Any;
use std::hash::Hash;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::OnceLock;

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
pub(crate) struct Family<K> {
    /// Ends when all groups of the family end, so that this costs the same for one as for a million.
    whole: Slot,
    living: OnceLock<Roll<K>>,
    /// For each share of the keys, when one of them was last invalidated.
    invalidated: [LastTick; SHARES],
    doubts: Doubts,
    pulse: Pulse,
    ended: Tally,
}

/// Into how many shares the keys fall for [`Family::invalidated`]. More shares mean fewer values that are
/// not stored because a neighbour of a late dependency was invalidated; a share takes 8 bytes.
const SHARES: usize = 64;

impl<K: Key> Family<K> {
    /// A family without generations.
    pub(crate) const fn new() -> Self {
        Self {
            whole: Slot::new(),
            living: OnceLock::new(),
            invalidated: [const { LastTick::new() }; SHARES],
            doubts: Doubts::new(),
            pulse: Pulse::new(),
            ended: Tally::new(),
        }
    }

    fn roll(&self) -> &Roll<K> {
        self.living.get_or_init(Roll::new)
    }

    fn share(&self, hash: u64) -> &LastTick {
        let share = usize::try_from(hash % SHARES as u64).expect("a remainder of 64 fits");
        &self.invalidated[share]
    }

    /// Names the group of a key within the process.
    fn id(&self, hash: u64) -> GroupId {
        GroupId(hash ^ self.whole.id().0.rotate_left(32))
    }

    /// Adds the living generation of `key` to `basis`, and that of the family.
    pub(crate) fn take(&'static self, key: &K, basis: &mut Basis) {
        if thread::is_ending() {
            // What is computed there is stored by nobody.
            return basis.outdate();
        }
        self.whole.take(basis);
        let roll = self.roll();
        let hash = roll.hash(key);
        let generation = roll.take(key, hash, || Generation::begin(self.id(hash), &self.pulse));
        // Pairs with the fence in `end_at`: either an invalidation finds this generation, or its tick and its doubt
        // are seen here. Without it a late dependency could slip between the two.
        fence(Ordering::SeqCst);
        basis.add_taken(&generation, self.share(hash).get());
        if let Some(begun) = basis.begun()
            && let Some(until) = self.doubts.until(hash)
        {
            basis.doubt(begun, until);
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

    fn end_at(&self, key: &K, hash: u64, End { tick, doubt }: End) -> bool {
        // mutant: end-before-timestamp
        self.share(hash).advance(tick);
        // mutant: doubt-after-end
        if let Some(until) = doubt {
            // mutant: keys-no-doubt
            self.doubts.add(hash, until);
        }
        fence(Ordering::SeqCst);
        // mutant: doubt-after-end-2
        // mutant: counted-before-end-2
        let ended = self.roll().end(key, hash, tick);
        // mutant: counted-before-end
        // mutant: keyed-not-counted
        // mutant: end-before-timestamp-2
        self.pulse.beat();
        self.ended.add(usize::from(ended));
        ended
    }
}

/// The ending of a key's group, held back.
struct EndMember<K: 'static> {
    family: &'static Family<K>,
    key: K,
    hash: u64,
}

impl<K: Key> Ending for EndMember<K> {
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

impl<K: Key> Default for Family<K> {
    fn default() -> Self {
        Self::new()
    }
}

/// What a ledger needs of its families, whatever their keys are.
pub trait AnyFamily: Send + Sync {
    /// Ends every group of the family.
    fn end_all(&'static self, invalidation: &mut Invalidation);

    /// How many generations live.
    fn living(&self) -> usize;

    /// How many generations have ended.
    fn ended(&self) -> u64;
}

impl<K: Key> AnyFamily for Family<K> {
    fn end_all(&'static self, invalidation: &mut Invalidation) {
        self.whole.end(invalidation);
    }

    fn living(&self) -> usize {
        self.living.get().map_or(0, Roll::living)
    }

    fn ended(&self) -> u64 {
        self.whole.ended() + self.ended.get()
    }
}
