//! Where the live generations of groups are kept: one in a cell, or one for each key.

use super::backlog;
use super::dependency_set::DependencySet;
use super::doubt::{Doubts, InvalidatedAt};
use super::generation::{AnyGeneration, ChangeCount, Generation, GroupId};
use super::keys::Key;
use super::table::GenerationTable;
use crate::clock::{LastTimestamp, Timestamp};
use crate::links::{Address, Codec, GroupReport, NamedGroup};
use crate::stats::Tally;
use crate::sync::{Arc, AtomicFlag, Mutex, OnceLock, Ordering, fence};
use crate::thread;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Instant;

/// The live generation of one group: of a model as a whole, of all keys of one kind, or of a memo's content.
#[derive(Debug)]
pub struct GenerationCell {
    state: Mutex<CellState>,
    changes: ChangeCount,
    address: Address,
}

#[derive(Debug)]
struct CellState {
    live: Option<Arc<Generation>>,
    invalidated: Timestamp,
    ended: u64,
    /// Until when the group is or was in doubt.
    in_doubt_until: Option<Instant>,
    doubts: u64,
}

impl CellState {
    /// The live generation, or a new one.
    fn live(&mut self, changes: &'static ChangeCount) -> Arc<Generation> {
        Arc::clone(self.live.get_or_insert_with(|| Generation::begin(changes)))
    }
}

impl GenerationCell {
    /// Of a group that other processes do not know.
    pub(crate) const fn new() -> Self {
        Self::at(Address::NONE)
    }

    /// Of the content of a memo that nothing but clearing ends.
    pub(crate) const fn of_content() -> Self {
        Self::counted(ChangeCount::of_content(), Address::NONE)
    }

    /// Of the group that others know by `address`.
    pub(crate) const fn at(address: Address) -> Self {
        Self::counted(ChangeCount::new(), address)
    }

    const fn counted(changes: ChangeCount, address: Address) -> Self {
        let state = CellState {
            live: None,
            invalidated: Timestamp::NEVER,
            ended: 0,
            in_doubt_until: None,
            doubts: 0,
        };
        Self { state: Mutex::new(state), changes, address }
    }

    pub(crate) fn id(&self) -> GroupId {
        self.changes.group()
    }

    /// Names the group of a key with this `hash`, if all keys end with this cell.
    pub(super) fn id_of_key(&self, hash: u64) -> GroupId {
        self.changes.group_of_key(hash)
    }

    /// Adds the live generation to `dependencies`.
    pub(crate) fn collect_into(&'static self, dependencies: &mut DependencySet) {
        let mut state = self.state.lock();
        let generation = AnyGeneration::OfCell(state.live(&self.changes));
        let (invalidated, in_doubt_until) = (state.invalidated, state.in_doubt_until);
        drop(state);
        dependencies.insert_current(generation, invalidated, self.address.links());
        if let Some(until) = in_doubt_until
            && let Some(begun) = dependencies.begun()
        {
            dependencies.doubt(begun, until);
        }
    }

    /// The live generation, or a new one.
    fn live(&'static self) -> Arc<Generation> {
        self.state.lock().live(&self.changes)
    }

    /// When it was last invalidated, and until when it is or was in doubt.
    fn last_invalidated(&self) -> (Timestamp, Option<Instant>) {
        let state = self.state.lock();
        (state.invalidated, state.in_doubt_until)
    }

    /// Ends the live generation, and says whether there was one.
    pub(crate) fn end_current(
        &self,
        InvalidatedAt { timestamp, in_doubt_until }: InvalidatedAt,
    ) -> bool {
        let mut state = self.state.lock();
        // mutant: no-timestamp-without-generation
        state.invalidated = state.invalidated.max(timestamp);
        // mutant: wholes-no-doubt
        state.in_doubt_until = state.in_doubt_until.max(in_doubt_until);
        state.doubts += u64::from(in_doubt_until.is_some());
        let ended = state.live.take().is_some_and(|live| {
            let ended = live.end(timestamp);
            backlog::note_ended(Arc::strong_count(&live) - 1);
            ended
        });
        state.ended += u64::from(ended);
        drop(state);
        // mutant: whole-model-not-counted
        self.changes.increment();
        ended
    }

    /// Which links cover it, as a mask.
    pub(crate) fn links(&self) -> u8 {
        self.address.links()
    }

    /// Whether `generation` is one of this cell.
    pub(crate) fn has(&self, generation: &AnyGeneration) -> bool {
        generation.key().is_none() && std::ptr::eq(generation.changes(), &raw const self.changes)
    }

    /// What others are told where it ends.
    pub(crate) fn named(&self) -> Option<NamedGroup> {
        self.address.named(None)
    }

    /// How often it was invalidated.
    pub(crate) fn invalidations(&self) -> u64 {
        self.changes.count()
    }

    /// How many generations have ended.
    pub(crate) fn ended(&self) -> u64 {
        self.state.lock().ended
    }

    /// How often an invalidation left it in doubt.
    pub(crate) fn doubts(&self) -> u64 {
        self.state.lock().doubts
    }

    /// How many generations are alive: one or none.
    pub(crate) fn living(&self) -> usize {
        usize::from(self.state.lock().live.is_some())
    }
}

/// The live generations of the groups that one kind of key names: the members of a model by their key, or by the
/// value of one index.
#[derive(Debug)]
pub(crate) struct KeyedGenerations<K> {
    /// Ends when all keys are invalidated, so that this costs the same for one key as for a million.
    whole: GenerationCell,
    live: OnceLock<GenerationTable<K>>,
    /// For each share of the keys, when one of them was last invalidated.
    invalidated: [LastTimestamp; SHARES],
    doubts: Doubts,
    ended: Tally,
    /// How its keys are told to others.
    codec: Codec<K>,
    /// Whether others were told of a key as of all, though there is a way to tell it.
    differ: AtomicFlag,
}

/// Into how many shares the keys fall for [`KeyedGenerations::invalidated`]. More shares mean fewer values that are
/// not stored because a neighbour of a late dependency was invalidated; a share takes 8 bytes.
const SHARES: usize = 64;

impl<K: Key> KeyedGenerations<K> {
    /// Of groups that other processes do not know.
    pub(crate) const fn new() -> Self {
        Self::at(Address::NONE, Codec::Local)
    }

    /// Of groups that others know by `address`, and by their keys as `codec` says.
    pub(crate) const fn at(address: Address, codec: Codec<K>) -> Self {
        Self {
            whole: GenerationCell::at(address),
            live: OnceLock::new(),
            invalidated: [const { LastTimestamp::new() }; SHARES],
            doubts: Doubts::new(),
            ended: Tally::new(),
            codec,
            differ: AtomicFlag::new(false),
        }
    }

    fn table(&self) -> &GenerationTable<K> {
        self.live.get_or_init(GenerationTable::new)
    }

    fn share(&self, hash: u64) -> &LastTimestamp {
        let share = usize::try_from(hash % SHARES as u64).expect("a remainder of 64 fits");
        &self.invalidated[share]
    }

    /// The hash of `key` by which its generation is kept.
    pub(crate) fn hash(&self, key: &K) -> u64 {
        self.table().hash(key)
    }

    /// Adds the live generation of `key` to `dependencies`. It ends with those of all keys, too.
    pub(crate) fn collect_key_into(&'static self, key: &K, dependencies: &mut DependencySet) {
        if thread::is_ending() {
            // What is computed there is not stored.
            return dependencies.taint();
        }
        // mutant: trust-read-early
        let links = self.whole.address.links();
        // mutant: whole-asked-early
        let hash = self.hash(key);
        // mutant: parent-of-its-own
        let generation = self.table().get_or_begin(key, hash, || self.whole.live());
        // Pairs with the fence in `end_key`: either an invalidation finds this generation, or its timestamp
        // and its doubt are seen here. Without it a late dependency could slip between the two.
        fence(Ordering::SeqCst);
        // Likewise: either an invalidation of all keys ends the parent of this generation, or it is seen here.
        // mutant: whole-asked-early-2
        let (all_invalidated, all_in_doubt_until) = self.whole.last_invalidated();
        let invalidated = self.share(hash).get().max(all_invalidated);
        dependencies.insert_current(AnyGeneration::OfKey(generation), invalidated, links);
        if let Some(begun) = dependencies.begun() {
            let doubts = [self.doubts.until(hash), all_in_doubt_until];
            doubts.into_iter().flatten().for_each(|until| dependencies.doubt(begun, until));
        }
    }

    /// Ends the generations of all keys and lets go of them, where no key is used any more.
    pub(crate) fn release(&self) {
        if let Some(table) = self.live.get() {
            table.release();
        }
    }

    /// Ends the live generation of `key`, which has this `hash`, and says whether there was one.
    pub(crate) fn end_key(&self, key: &K, hash: u64, at: InvalidatedAt) -> bool {
        let InvalidatedAt { timestamp, in_doubt_until } = at;
        // mutant: end-before-timestamp
        self.share(hash).advance(timestamp);
        // mutant: doubt-after-end
        if let Some(until) = in_doubt_until {
            // mutant: keys-no-doubt
            self.doubts.add(hash, until);
        }
        fence(Ordering::SeqCst);
        // mutant: doubt-after-end-2
        // mutant: counted-before-end-2
        let ended = self.table().end_live(key, hash, timestamp);
        // mutant: counted-before-end
        // mutant: keyed-not-counted
        // mutant: end-before-timestamp-2
        self.whole.changes.increment();
        self.ended.add(usize::from(ended));
        ended
    }

    /// What others are told where `key` is invalidated.
    pub(crate) fn named(&self, key: &K) -> Option<NamedGroup> {
        let json = self.codec.encode(key).filter(|json| **json != *"null");
        if json.is_none() {
            self.differ.store(true, Ordering::Relaxed);
        }
        self.whole.address.named(json)
    }
}

/// Keyed generations of any type of keys.
pub trait ErasedKeyed: Send + Sync {
    /// The cell that ends with all keys.
    #[doc(hidden)]
    fn whole(&self) -> &GenerationCell;

    /// Ends the live generation of `key`, or of all keys if the key panics.
    #[doc(hidden)]
    fn end_erased(&self, key: &dyn Any, hash: u64, at: InvalidatedAt) -> bool;

    /// What others are told where `key` is invalidated.
    #[doc(hidden)]
    fn named_erased(&self, key: &dyn Any) -> Option<NamedGroup>;

    /// Ends the live generation of the key in `group`, or of all keys if there is none, if this is the part meant; and
    /// says whether it is.
    #[doc(hidden)]
    fn end_named(&self, group: &NamedGroup, at: InvalidatedAt) -> bool;

    /// The name of the group of `key`, if its generations are counted at the address `counted` and others know it.
    #[doc(hidden)]
    fn name_of(&self, key: &dyn Any, counted: usize) -> Option<NamedGroup>;

    /// Adds the live generation of the key in `group` to `dependencies`, if this is the part meant and the key can be
    /// read; and says whether it is.
    #[doc(hidden)]
    fn collect_named(&'static self, group: &NamedGroup, dependencies: &mut DependencySet) -> bool;

    /// Ends the live generations of all keys, and what else there is beside them.
    #[doc(hidden)]
    fn end_everything(&self, at: InvalidatedAt);

    /// How others are told of the keys.
    #[doc(hidden)]
    fn report(&self, model: &'static str) -> GroupReport;

    /// How many generations are alive.
    fn living(&self) -> usize;

    /// How many generations have ended.
    fn ended(&self) -> u64;
}

impl<K: Key> ErasedKeyed for KeyedGenerations<K> {
    fn whole(&self) -> &GenerationCell {
        &self.whole
    }

    fn end_erased(&self, key: &dyn Any, hash: u64, at: InvalidatedAt) -> bool {
        let key = key.downcast_ref().expect("the key is of this table");
        let member = || self.end_key(key, hash, at);
        catch_unwind(AssertUnwindSafe(member)).unwrap_or_else(|panic| {
            // Which group was meant will never be known.
            self.whole.end_current(at);
            resume_unwind(panic);
        })
    }

    fn named_erased(&self, key: &dyn Any) -> Option<NamedGroup> {
        self.named(key.downcast_ref().expect("the key is of this table"))
    }

    fn end_named(&self, group: &NamedGroup, at: InvalidatedAt) -> bool {
        if !group.is_of(self.whole.address.part()) {
            return false;
        }
        match group.key().and_then(|json| self.codec.decode(json)) {
            Some(key) => self.end_key(&key, self.hash(&key), at),
            None => self.whole.end_current(at),
        };
        true
    }

    fn name_of(&self, key: &dyn Any, counted: usize) -> Option<NamedGroup> {
        let is_here = (&raw const self.whole.changes).addr() == counted;
        if is_here { self.named_erased(key) } else { None }
    }

    fn collect_named(&'static self, group: &NamedGroup, dependencies: &mut DependencySet) -> bool {
        let is_meant = group.part() == self.whole.address.part();
        let json = group.key().filter(|_| is_meant);
        match json.and_then(|json| self.codec.decode(json)) {
            Some(key) => {
                self.collect_key_into(&key, dependencies);
                true
            }
            None => false,
        }
    }

    fn end_everything(&self, at: InvalidatedAt) {
        self.whole.end_current(at);
    }

    fn report(&self, model: &'static str) -> GroupReport {
        let differ = self.differ.load(Ordering::Relaxed);
        GroupReport::of(model, self.whole.address.part(), &self.codec, differ)
    }

    fn living(&self) -> usize {
        self.live.get().map_or(0, GenerationTable::living)
    }

    fn ended(&self) -> u64 {
        self.whole.ended() + self.ended.get()
    }
}

/// Forgets doubts, where an execution of the model check begins.
#[cfg(all(test, gcache_model))]
impl<K> KeyedGenerations<K> {
    pub(crate) fn forget_doubts(&self) {
        self.whole.state.lock().in_doubt_until = None;
        self.doubts.forget_all();
    }
}
