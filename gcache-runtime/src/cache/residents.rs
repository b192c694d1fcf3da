//! The resident entries of a memo, in an order in which a sweep can go through them a few at a time.
//!
//! The map itself can only be walked from its beginning. So each entry has an index into a list of slots, for
//! as long as it is in the map: 8 bytes an entry, 16 where entries have weights.

use crate::cache::entry::Entry;
use crate::sync::{AtomicCount, Mutex, Ordering};
use smallvec::SmallVec;

/// The resident entries of a memo.
#[derive(Debug)]
pub(crate) struct Residents {
    state: Mutex<State>,
    /// The count of ended entries, of the whole process, up to which those of this memo are gone.
    swept: AtomicCount,
}

#[derive(Debug, Default)]
struct State {
    slots: Vec<u64>,
    /// What they weigh, where anything weighs more than one.
    weights: Vec<u64>,
    /// Indices of slots that stand for no entry.
    vacant: Vec<u32>,
    /// More than one may weigh may be there, until the store has let go of another.
    weight: u128,
    /// Where the sweep goes on.
    next: usize,
    /// The count of ended entries when the sweep's round began.
    begun: u64,
    /// What is listed lasts for one execution.
    #[cfg(gcache_model)]
    execution: u64,
}

/// How many residents are looked at in a row.
pub(crate) const STRIDE: usize = 16;

/// Slots of residents in a row, each with its index.
type Slots = SmallVec<[(u32, u64); STRIDE]>;

/// The next residents to look at.
#[derive(Debug)]
pub(crate) struct Stretch {
    pub(crate) slots: Slots,
    first: usize,
    /// Of the round that it was taken in: what has ended since may have lived when it was looked at.
    begun: u64,
}

impl Residents {
    pub(crate) fn new() -> Self {
        Self { state: Mutex::default(), swept: AtomicCount::new(0) }
    }

    /// Does something with the list, under its lock: nothing of the user's runs.
    fn with<R>(&self, work: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.state.lock();
        #[cfg(gcache_model)]
        if state.execution != crate::model_check::execution() {
            *state = State { execution: crate::model_check::execution(), ..State::default() };
        }
        work(&mut state)
    }

    /// Lists `entry`, which is about to come into the map at `slot`.
    pub(crate) fn add<K, V>(&self, entry: &Entry<K, V>, slot: u64, weight: u64) {
        self.with(|state| entry.set_index(state.add(slot, weight)));
    }

    /// Strikes `entry` off, which is in the map no more.
    pub(crate) fn remove<K, V>(&self, entry: &Entry<K, V>) {
        self.with(|state| {
            if let Some(index) = entry.take_index() {
                state.remove(index);
            }
        });
    }

    /// What `entry` weighs, if it is listed.
    pub(crate) fn weight_of<K, V>(&self, entry: &Entry<K, V>) -> Option<u64> {
        self.with(|state| entry.index().map(|index| state.weight_at(index as usize)))
    }

    /// How many indices there are.
    pub(crate) fn count(&self) -> usize {
        self.with(|state| state.slots.len())
    }

    /// What all of them weigh.
    pub(crate) fn weight(&self) -> u64 {
        u64::try_from(self.with(|state| state.weight)).unwrap_or(u64::MAX)
    }

    #[cfg(all(gcache_model, test))]
    pub(crate) fn begin_execution(&self) {
        self.swept.store(0, Ordering::Release);
    }

    /// The count of ended entries up to which those of this memo are gone.
    pub(crate) fn swept(&self) -> u64 {
        self.swept.load(Ordering::Acquire)
    }

    /// Notes that those of the first `ended` ended entries are gone.
    pub(crate) fn note_swept(&self, ended: u64) {
        self.swept.store(ended, Ordering::Release);
    }

    /// The next residents to look at, `most` or fewer, when `ended` entries have ended so far.
    pub(crate) fn stretch(&self, ended: u64, most: usize) -> Stretch {
        self.with(|state| {
            if state.next == 0 {
                state.begun = ended;
            }
            let first = state.next;
            Stretch { slots: state.slots_from(first, most), first, begun: state.begun }
        })
    }

    /// The residents from index `first` on, [`STRIDE`] or fewer, for whoever goes through all by itself.
    pub(crate) fn slots_from(&self, first: usize) -> Slots {
        self.with(|state| state.slots_from(first, STRIDE))
    }

    /// Notes that the first `looked_at` of `stretch` were looked at, and begins again after the last of all.
    pub(crate) fn advance(&self, stretch: &Stretch, looked_at: usize) {
        self.with(|state| {
            // Another thread may have been at the same ones, and begun the next round.
            if state.next == stretch.first && state.begun == stretch.begun {
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
    fn slots_from(&self, first: usize, most: usize) -> Slots {
        let slots = self.slots.iter().skip(first).take(most.min(STRIDE)).enumerate();
        let index = |at| u32::try_from(first + at).expect("no more are listed");
        slots.map(|(at, slot)| (index(at), *slot)).collect()
    }

    /// Where it is listed: nowhere after four billion others.
    fn add(&mut self, slot: u64, weight: u64) -> Option<u32> {
        let index = match self.vacant.pop() {
            Some(index) => index,
            None => {
                let index =
                    u32::try_from(self.slots.len()).ok().filter(|index| *index < u32::MAX)?;
                self.slots.push(slot);
                index
            }
        };
        let at = index as usize;
        self.slots[at] = slot;
        if weight != 1 || !self.weights.is_empty() {
            self.weights.resize(self.slots.len(), 1);
            self.weights[at] = weight;
        }
        self.weight += u128::from(weight);
        Some(index)
    }

    fn remove(&mut self, index: u32) {
        self.weight -= u128::from(self.weight_at(index as usize));
        self.vacant.push(index);
        if self.vacant.len() == self.slots.len() {
            // The last of them: a memo that was large once keeps no list of what it had.
            self.slots = Vec::new();
            self.weights = Vec::new();
            self.vacant = Vec::new();
            self.next = 0;
        }
    }

    fn weight_at(&self, at: usize) -> u64 {
        self.weights.get(at).copied().unwrap_or(1)
    }
}

#[cfg(all(test, not(gcache_model)))]
mod tests {
    use super::{Residents, STRIDE};
    use crate::cache::entry::Entry;
    use crate::generations::{Deadline, Dependencies};
    use smallvec::SmallVec;

    fn entries(count: u64) -> Vec<Entry<u64, u64>> {
        let entry = |key| {
            Entry::new(key, key, Dependencies::new(SmallVec::new()), Deadline::default(), None)
        };
        (0..count).map(entry).collect()
    }

    #[test]
    fn a_round_sees_every_resident_once() {
        let residents = Residents::new();
        let entries = entries(200);
        for (slot, entry) in (1000..).zip(&entries) {
            residents.add(entry, slot, 1);
        }
        entries.iter().step_by(3).for_each(|entry| residents.remove(entry));
        let mut seen = Vec::new();
        while residents.swept() != 7 {
            let stretch = residents.stretch(7, STRIDE);
            let looked_at = stretch.slots.len().min(STRIDE / 4);
            seen.extend(stretch.slots[..looked_at].iter().copied());
            residents.advance(&stretch, looked_at);
        }
        for (slot, entry) in (1000..).zip(&entries) {
            let found =
                seen.iter().filter(|(at, found)| *found == slot && entry.index() == Some(*at));
            assert_eq!(found.count(), usize::from((slot - 1000) % 3 != 0), "slot {slot}");
        }
    }

    #[test]
    fn weights_are_of_what_is_listed() {
        let residents = Residents::new();
        let entries = entries(4);
        for (entry, weight) in entries.iter().zip([1, 5, 1, 1 << 40]) {
            residents.add(entry, 0, weight);
        }
        assert_eq!(residents.weight(), 7 + (1 << 40));
        residents.remove(&entries[3]);
        residents.remove(&entries[3]);
        assert_eq!(residents.weight(), 7);
        residents.add(&entries[3], 0, 2);
        assert_eq!((residents.weight(), residents.weight_of(&entries[3])), (9, Some(2)));
        entries.iter().for_each(|entry| residents.remove(entry));
        assert_eq!(residents.weight(), 0);
    }

    /// A look at what lived then is none at what ended since, though it is noted in the round after that.
    #[test]
    fn a_round_ends_with_its_own_looks() {
        let residents = Residents::new();
        let entries = entries(8);
        entries.iter().for_each(|entry| residents.add(entry, 0, 1));
        let before = residents.stretch(1, STRIDE);
        let after = residents.stretch(2, 1);
        residents.advance(&before, 8);
        assert_eq!(residents.swept(), 0, "only one was looked at since the second end");
        residents.advance(&after, 1);
        assert_eq!(residents.stretch(2, STRIDE).slots.len(), 7);
    }

    #[test]
    fn a_list_that_begins_again_is_looked_at_from_its_first() {
        let residents = Residents::new();
        let old = entries(40);
        old.iter().for_each(|entry| residents.add(entry, 0, 1));
        let stretch = residents.stretch(1, STRIDE);
        residents.advance(&stretch, STRIDE);
        old.iter().for_each(|entry| residents.remove(entry));
        let new = entries(3);
        new.iter().for_each(|entry| residents.add(entry, 0, 1));
        assert_eq!(residents.stretch(2, STRIDE).slots.len(), 3);
    }

    #[test]
    fn weights_of_any_size_add_up() {
        let residents = Residents::new();
        let entries = entries(2);
        entries.iter().for_each(|entry| residents.add(entry, 0, u64::MAX - 1));
        assert_eq!(residents.weight(), u64::MAX);
        residents.remove(&entries[0]);
        assert_eq!(residents.weight(), u64::MAX - 1);
        residents.remove(&entries[1]);
        assert_eq!(residents.weight(), 0);
    }
}
