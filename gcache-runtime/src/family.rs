//! Where living generations are kept: one in a [`Slot`], many by key in a [`Family`].
//!
//! Generations come from here and from nowhere else.

use crate::bump::Bump;
use crate::clock::{LastTick, Tick};
use crate::generation::{Basis, Generation, GroupId, Pulse};
use crate::map::Map;
use crate::sync::{Arc, AtomicU64, Mutex, Ordering, fence};
use std::hash::Hash;
use std::sync::OnceLock;

/// What a group's key must be able to do.
pub trait Key: Clone + Hash + Eq + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<K: Clone + Hash + Eq + Send + Sync + 'static> Key for K {}

/// The living generation of one group.
#[derive(Debug)]
pub(crate) struct Slot {
    state: Mutex<SlotState>,
    pulse: Pulse,
}

#[derive(Debug)]
struct SlotState {
    living: Option<Arc<Generation>>,
    bumped: Tick,
}

impl Slot {
    pub(crate) const fn new() -> Self {
        let state = SlotState {
            living: None,
            bumped: Tick::NEVER,
        };
        Self {
            state: Mutex::new(state),
            pulse: Pulse::new(),
        }
    }

    pub(crate) fn id(&self) -> GroupId {
        GroupId(std::ptr::from_ref(self).addr() as u64)
    }

    /// Adds the living generation to `basis`.
    pub(crate) fn take(&'static self, basis: &mut Basis) {
        let mut state = self.state.lock();
        let bumped = state.bumped;
        let living = state
            .living
            .get_or_insert_with(|| Generation::begin(self.id(), &self.pulse));
        basis.add_taken(living, bumped);
    }

    /// Ends the living generation as part of `bump`.
    pub(crate) fn end(&'static self, bump: &mut Bump) {
        bump.end(self.id(), |tick| self.end_at(tick));
    }

    /// Ends the living generation now, and says whether there was one.
    pub(crate) fn end_at(&self, tick: Tick) -> bool {
        let mut state = self.state.lock();
        state.bumped = state.bumped.max(tick);
        let ended = state.living.take().is_some_and(|living| living.end(tick));
        drop(state);
        self.pulse.beat();
        ended
    }

    /// How many generations live: one or none.
    pub(crate) fn living(&self) -> usize {
        usize::from(self.state.lock().living.is_some())
    }
}

/// The living generations of the groups that one kind of key names: the members of a model by
/// their key, or by the value of one index.
#[derive(Debug)]
pub struct Family<K> {
    /// Ends when all groups of the family end, so that this costs the same for one as for a million.
    whole: Slot,
    living: OnceLock<Living<K>>,
    /// For each share of the keys, when one of them was last bumped.
    bumped: [LastTick; SHARES],
    pulse: Pulse,
}

/// Into how many shares the keys fall for [`Family::bumped`]. More shares mean fewer values that are
/// not stored because a neighbour of a late dependency was bumped; a share takes 8 bytes.
const SHARES: usize = 64;

/// Below this many generations none is swept.
const SWEEP_FROM: u64 = 64;

struct Living<K> {
    hasher: ahash::RandomState,
    map: Map<K, Generation>,
    /// At this many generations, those that nothing uses are swept.
    sweep_at: AtomicU64,
}

impl<K> std::fmt::Debug for Living<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Living").finish_non_exhaustive()
    }
}

impl<K: Key> Family<K> {
    /// A family without generations.
    pub const fn new() -> Self {
        Self {
            whole: Slot::new(),
            living: OnceLock::new(),
            bumped: [const { LastTick::new() }; SHARES],
            pulse: Pulse::new(),
        }
    }

    fn table(&self) -> &Living<K> {
        self.living.get_or_init(|| Living {
            hasher: ahash::RandomState::new(),
            map: Map::new(),
            sweep_at: AtomicU64::new(SWEEP_FROM),
        })
    }

    fn share(&self, hash: u64) -> &LastTick {
        let share = usize::try_from(hash % SHARES as u64).expect("a remainder of 64 fits");
        &self.bumped[share]
    }

    /// Names the group of a key within the process.
    fn id(&self, hash: u64) -> GroupId {
        GroupId(hash ^ self.whole.id().0.rotate_left(32))
    }

    /// Adds the living generation of `key` to `basis`, and that of the family.
    pub fn take(&'static self, key: &K, basis: &mut Basis) {
        self.whole.take(basis);
        let living = self.table();
        let hash = living.hasher.hash_one(key);
        let generation = living.take(key, || Generation::begin(self.id(hash), &self.pulse));
        // Pairs with the fence in `end_at`: either a bump finds this generation, or its tick is seen
        // here. Without it a late dependency could slip between the two.
        fence(Ordering::SeqCst);
        basis.add_taken(&generation, self.share(hash).get());
    }

    /// Ends the living generation of `key` as part of `bump`.
    pub fn end(&'static self, key: &K, bump: &mut Bump) {
        let hash = self.table().hasher.hash_one(key);
        bump.end(self.id(hash), |tick| self.end_at(key, hash, tick));
    }

    fn end_at(&self, key: &K, hash: u64, tick: Tick) -> bool {
        self.share(hash).advance(tick);
        fence(Ordering::SeqCst);
        let map = &self.table().map;
        let ended = map.get(key).is_some_and(|generation| {
            // The flag first: whoever finds the generation gone must find it ended.
            let ended = generation.end(tick);
            map.remove_this(key, &generation);
            ended
        });
        self.pulse.beat();
        ended
    }
}

impl<K: Key> Default for Family<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Key> Living<K> {
    fn take(&self, key: &K, begin: impl Fn() -> Arc<Generation>) -> Arc<Generation> {
        loop {
            let living = self.map.get(key).unwrap_or_else(|| {
                self.sweep_if_due();
                self.map.get_or_insert_with(key.clone(), &begin)
            });
            if living.is_alive() {
                return living;
            }
            // Ended and about to be removed by whoever ended it.
            self.map.remove_this(key, &living);
        }
    }

    /// Drops the generations that no entry and no computation uses, once they may be half of all.
    fn sweep_if_due(&self) {
        let len = self.map.len() as u64;
        let due = self.sweep_at.load(Ordering::Relaxed);
        let next = len.saturating_mul(2).max(SWEEP_FROM);
        let mine = || {
            self.sweep_at
                .compare_exchange(due, next, Ordering::AcqRel, Ordering::Relaxed)
        };
        if len < due || mine().is_err() {
            return;
        }
        self.map.retain(|generation| {
            let used = Arc::strong_count(generation) > 1;
            if !used {
                // Someone may be taking it at this moment. Ended, it makes a computation that need
                // not have been; merely removed, it would outlive every bump.
                generation.end(Tick::now());
            }
            used
        });
        let next = (self.map.len() as u64).saturating_mul(2).max(SWEEP_FROM);
        self.sweep_at.store(next, Ordering::Release);
    }
}

/// What a ledger needs of its families, whatever their keys are.
pub trait AnyFamily: Send + Sync {
    /// Ends every group of the family.
    fn end_all(&'static self, bump: &mut Bump);

    /// How many generations live.
    fn living(&self) -> usize;
}

impl<K: Key> AnyFamily for Family<K> {
    fn end_all(&'static self, bump: &mut Bump) {
        self.whole.end(bump);
    }

    fn living(&self) -> usize {
        self.living.get().map_or(0, |living| living.map.len())
    }
}
