//! The slots of a memo's entries, in an order in which a sweep can go through them a few at a time.
//!
//! The map itself can only be walked from its beginning. So each entry has an index into a list of slots while it is in
//! the map: 8 bytes an entry, and 8 for the window or for weights. Whether there is room is decided here, too: the
//! list counts entries exactly, at any moment.

use crate::cache::entry::Marks;
use crate::cache::window::Window;
use crate::sync::{AtomicCount, Mutex, Ordering};
use smallvec::SmallVec;

/// The slots of a memo's entries, with their weights.
#[derive(Debug)]
pub(super) struct SlotList {
    state: Mutex<State>,
    /// The count of ended entries, of the whole process, up to which those of this memo are gone.
    swept: AtomicCount,
}

#[derive(Debug, Default)]
struct State {
    slots: Vec<u64>,
    /// Their weights, where any is not one.
    weights: Vec<u64>,
    /// Indices without an entry.
    vacant: Vec<u32>,
    /// The sum of all weights: more than the bound, until the policy has evicted others.
    weight: u128,
    /// The young entries; none where every entry is promoted at once.
    window: Option<Window>,
    /// How many entries the policy has been told of.
    promoted: usize,
    /// Where the sweep goes on.
    next: usize,
    /// The count of ended entries when the sweep's round began.
    begun: u64,
    /// The list lasts for one execution.
    #[cfg(gcache_model)]
    execution: u64,
}

/// What comes of asking for room for an entry.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reservation {
    /// There is room. The slot may have been evicted lately.
    Reserved { recalled: bool },
    /// There is none, and it is the turn of this young entry, which has left the window.
    Turn { index: u32, slot: u64 },
    /// There is none, and no young entry.
    Full,
}

/// How many slots are looked at in a row.
pub(super) const CHUNK: usize = 16;

/// The next slots to look at.
#[derive(Debug)]
pub(super) struct Chunk {
    /// Each with its index.
    pub(super) slots: SmallVec<[(u32, u64); CHUNK]>,
    first: usize,
    /// The count of ended entries when its round began: later ones may have lived when they were looked at.
    begun: u64,
}

impl SlotList {
    /// An empty list, with a window if it has a `capacity`.
    pub(super) fn new(capacity: Option<u64>) -> Self {
        let state = State { window: capacity.map(Window::new), ..State::default() };
        Self { state: Mutex::new(state), swept: AtomicCount::new(0) }
    }

    /// Does something with the list, under its lock: nothing of the user's runs.
    fn with<R>(&self, work: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.state.lock();
        #[cfg(gcache_model)]
        if state.execution != crate::model_check::execution() {
            let window = state.window.as_ref().map(|window| Window::new(window.capacity));
            let execution = crate::model_check::execution();
            *state = State { execution, window, ..State::default() };
        }
        work(&mut state)
    }

    /// Asks for room for an entry in `slot`. Another may have been `evicted` for it.
    pub(super) fn reserve(&self, slot: u64, evicted: Option<u64>) -> Reservation {
        self.with(|state| {
            let len = state.len();
            let Some(window) = &mut state.window else {
                return Reservation::Reserved { recalled: false };
            };
            if let Some(evicted) = evicted {
                window.remember(evicted);
            }
            // mutant: young-not-counted
            if len as u64 + window.reserved < window.capacity {
                window.reserved += 1;
                return Reservation::Reserved { recalled: window.recall(slot) };
            }
            let turn = window.pop();
            turn.map_or(Reservation::Full, |index| Reservation::Turn {
                index,
                slot: state.slots[index as usize],
            })
        })
    }

    /// Lists `entry`, which has been put into the map at `slot`, in the place of the one that it has `replaced` there,
    /// or where room was `reserved`.
    pub(super) fn add(
        &self,
        entry: &Marks,
        slot: u64,
        weight: u64,
        replaced: Option<&Marks>,
        reserved: bool,
    ) {
        self.with(|state| {
            if let Some(window) = state.window.as_mut().filter(|_| reserved) {
                window.reserved -= 1;
            }
            // The thread that has removed it since did not find it here to strike it off.
            // mutant: removed-is-listed
            if entry.is_removed() {
                return;
            }
            let inherited = replaced.and_then(|it| Some((it.take_index()?, it.is_promoted())));
            let (index, promoted) = match inherited {
                Some((index, promoted)) => {
                    state.set_weight(index as usize, weight);
                    (Some(index), promoted)
                }
                None => state.add(slot, weight),
            };
            entry.set_index(index);
            // mutant: promotion-not-inherited
            entry.set_promoted(promoted);
            if let (Some(window), Some(index), false) = (&mut state.window, index, promoted) {
                // As the last: the thread whose turn found the replaced one may leave this one to its own.
                window.remove(index);
                window.push(index);
            }
        });
    }

    /// Promotes `entry`, whose turn it is: the policy is to be told of it. Says whether the policy has put off too many
    /// evictions; none where the entry is not worth it, or has been struck off.
    pub(super) fn promote(&self, entry: &Marks) -> Option<bool> {
        self.with(|state| {
            let index = entry.index().filter(|_| !entry.is_promoted())?;
            let window = state.window.as_mut()?;
            if !window.is_worth(entry.uses(), state.promoted) {
                return None;
            }
            window.remove(index);
            entry.set_promoted(true);
            state.promoted += 1;
            Some(window.is_behind(state.promoted))
        })
    }

    /// Strikes `entry` off, which was removed from the map.
    pub(super) fn remove(&self, entry: &Marks) {
        self.with(|state| {
            if let Some(index) = entry.take_index() {
                state.promoted -= usize::from(entry.is_promoted());
                state.remove(index);
            }
        });
    }

    /// The weight of `entry`, if it is listed.
    pub(super) fn weight_of(&self, entry: &Marks) -> Option<u64> {
        self.with(|state| entry.index().map(|index| state.weight_at(index as usize)))
    }

    /// How many indices there are.
    pub(super) fn len(&self) -> usize {
        self.with(|state| state.slots.len())
    }

    /// The sum of all weights.
    pub(super) fn weight(&self) -> u64 {
        u64::try_from(self.with(|state| state.weight)).unwrap_or(u64::MAX)
    }

    /// Checks that each listed entry is young, so that its turn comes, or promoted.
    #[cfg(all(gcache_model, test))]
    pub(super) fn check(&self, entries: usize, promoted: usize) {
        let mut state = self.state.lock();
        let len = state.len();
        if state.execution == crate::model_check::execution() {
            let Some(window) = &mut state.window else { return };
            assert_eq!(window.reserved, 0, "reserved and not given back");
            let young = std::iter::from_fn(|| window.pop()).count();
            assert_eq!((len, state.promoted), (young + promoted, promoted), "listed, promoted");
            assert_eq!(len, entries, "as many are listed as there are");
        }
    }

    #[cfg(all(gcache_model, test))]
    pub(super) fn begin_execution(&self) {
        self.swept.store(0, Ordering::Release);
    }

    /// The count of ended entries up to which those of this memo are gone.
    pub(super) fn swept(&self) -> u64 {
        self.swept.load(Ordering::Acquire)
    }

    /// Notes that those of the first `ended` ended entries are gone.
    pub(super) fn note_swept(&self, ended: u64) {
        self.swept.store(ended, Ordering::Release);
    }

    /// The next slots to look at, `most` or fewer, when `ended` entries have ended so far.
    pub(super) fn next_chunk(&self, ended: u64, most: usize) -> Chunk {
        self.with(|state| {
            if state.next == 0 {
                state.begun = ended;
            }
            state.chunk(state.next, most)
        })
    }

    /// The slots from index `first` on, [`CHUNK`] or fewer, outside of the sweep's rounds.
    pub(super) fn chunk(&self, first: usize) -> Chunk {
        self.with(|state| state.chunk(first, CHUNK))
    }

    /// Notes that the first `looked_at` of `chunk` were looked at, and begins again after the last of all.
    pub(super) fn advance(&self, chunk: &Chunk, looked_at: usize) {
        self.with(|state| {
            // Another thread may have been at the same ones, and begun the next round.
            if state.next == chunk.first && state.begun == chunk.begun {
                state.next += looked_at;
            }
            if state.next >= state.slots.len() {
                state.next = 0;
                self.note_swept(state.begun);
            }
        });
    }
}

impl State {
    fn chunk(&self, first: usize, most: usize) -> Chunk {
        let slots = self.slots.iter().skip(first).take(most.min(CHUNK)).enumerate();
        let index = |at| u32::try_from(first + at).expect("no more are listed");
        let slots = slots.map(|(at, slot)| (index(at), *slot)).collect();
        Chunk { slots, first, begun: self.begun }
    }

    /// How many entries are listed.
    fn len(&self) -> usize {
        self.slots.len() - self.vacant.len()
    }

    /// Its index, or none after four billion others, and whether it is promoted at once.
    fn add(&mut self, slot: u64, weight: u64) -> (Option<u32>, bool) {
        let new = || u32::try_from(self.slots.len()).ok().filter(|index| *index < u32::MAX);
        let Some(index) = self.vacant.pop().or_else(new) else { return (None, true) };
        let at = index as usize;
        if at == self.slots.len() {
            self.slots.push(slot);
        }
        self.slots[at] = slot;
        // Nothing has weighed there since the last one was removed.
        self.weight += 1;
        self.set_weight(at, weight);
        let promoted = self.window.is_none();
        self.promoted += usize::from(promoted);
        (Some(index), promoted)
    }

    fn set_weight(&mut self, at: usize, weight: u64) {
        self.weight = self.weight + u128::from(weight) - u128::from(self.weight_at(at));
        if weight != 1 || !self.weights.is_empty() {
            self.weights.resize(self.slots.len(), 1);
            self.weights[at] = weight;
        }
    }

    fn remove(&mut self, index: u32) {
        // It weighs one from here on, and counts no more.
        self.set_weight(index as usize, 1);
        self.weight -= 1;
        if let Some(window) = &mut self.window {
            window.remove(index);
        }
        self.vacant.push(index);
        if self.vacant.len() == self.slots.len() {
            // The last of them: a memo that was large once keeps no empty list.
            self.slots = Vec::new();
            self.weights = Vec::new();
            self.vacant = Vec::new();
            self.next = 0;
            if let Some(window) = &mut self.window {
                window.shrink();
            }
        }
    }

    fn weight_at(&self, at: usize) -> u64 {
        self.weights.get(at).copied().unwrap_or(1)
    }
}

#[cfg(all(test, not(gcache_model)))]
mod tests {
    use super::{CHUNK, SlotList};
    use crate::cache::entry::Marks;

    fn entries(count: u64) -> Vec<Marks> {
        (0..count).map(|_| Marks::default()).collect()
    }

    #[test]
    fn a_round_sees_every_entry_once() {
        let list = SlotList::new(None);
        let entries = entries(200);
        for (slot, entry) in (1000..).zip(&entries) {
            list.add(entry, slot, 1, None, true);
        }
        entries.iter().step_by(3).for_each(|entry| list.remove(entry));
        let mut seen = Vec::new();
        while list.swept() != 7 {
            let chunk = list.next_chunk(7, CHUNK);
            let looked_at = chunk.slots.len().min(CHUNK / 4);
            seen.extend(chunk.slots[..looked_at].iter().copied());
            list.advance(&chunk, looked_at);
        }
        for (slot, entry) in (1000..).zip(&entries) {
            let found =
                seen.iter().filter(|(at, found)| *found == slot && entry.index() == Some(*at));
            assert_eq!(found.count(), usize::from((slot - 1000) % 3 != 0), "slot {slot}");
        }
    }

    #[test]
    fn weights_are_of_listed_entries() {
        let list = SlotList::new(None);
        let entries = entries(4);
        for (entry, weight) in entries.iter().zip([1, 5, 1, 1 << 40]) {
            list.add(entry, 0, weight, None, true);
        }
        assert_eq!(list.weight(), 7 + (1 << 40));
        list.remove(&entries[3]);
        list.remove(&entries[3]);
        assert_eq!(list.weight(), 7);
        list.add(&entries[3], 0, 2, None, true);
        assert_eq!((list.weight(), list.weight_of(&entries[3])), (9, Some(2)));
        entries.iter().for_each(|entry| list.remove(entry));
        assert_eq!(list.weight(), 0);
    }

    /// A look at an entry that lived then is no look at its later end, though it is noted in the round after that.
    #[test]
    fn a_round_ends_with_its_own_looks() {
        let list = SlotList::new(None);
        let entries = entries(8);
        entries.iter().for_each(|entry| list.add(entry, 0, 1, None, true));
        let before = list.next_chunk(1, CHUNK);
        let after = list.next_chunk(2, 1);
        list.advance(&before, 8);
        assert_eq!(list.swept(), 0, "only one was looked at since the second end");
        list.advance(&after, 1);
        assert_eq!(list.next_chunk(2, CHUNK).slots.len(), 7);
    }

    #[test]
    fn a_list_that_begins_again_is_looked_at_from_its_first() {
        let list = SlotList::new(None);
        let old = entries(40);
        old.iter().for_each(|entry| list.add(entry, 0, 1, None, true));
        let chunk = list.next_chunk(1, CHUNK);
        list.advance(&chunk, CHUNK);
        old.iter().for_each(|entry| list.remove(entry));
        let new = entries(3);
        new.iter().for_each(|entry| list.add(entry, 0, 1, None, true));
        assert_eq!(list.next_chunk(2, CHUNK).slots.len(), 3);
    }

    #[test]
    fn weights_of_any_size_add_up() {
        let list = SlotList::new(None);
        let entries = entries(2);
        entries.iter().for_each(|entry| list.add(entry, 0, u64::MAX - 1, None, true));
        assert_eq!(list.weight(), u64::MAX);
        list.remove(&entries[0]);
        assert_eq!(list.weight(), u64::MAX - 1);
        list.remove(&entries[1]);
        assert_eq!(list.weight(), 0);
    }
}
