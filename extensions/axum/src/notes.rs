//! Pages that were found not to be storable a moment ago, and are not tried again for a while.

use crate::not_stored::NotStored;
use crate::vary::PageKey;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many pages are noted at most. A page more takes the place of another, which is then tried again.
const NOTES: usize = 1_024;

/// Which pages were found not to be storable, and why.
#[derive(Debug)]
pub(crate) struct Notes {
    /// How long a page is not tried again.
    period: Duration,
    hasher: RandomState,
    /// Each at the place that its hash says; empty until something is noted.
    places: Mutex<Vec<Option<Note>>>,
}

#[derive(Clone, Debug)]
struct Note {
    /// Of the key. Where two pages have the same one, one of them is not cached for the while.
    hash: u64,
    /// `None` where no clock can tell it.
    until: Option<Instant>,
    reason: NotStored,
}

impl Notes {
    pub(crate) fn new(period: Duration) -> Self {
        Self { period, hasher: RandomState::new(), places: Mutex::new(Vec::new()) }
    }

    /// Why the page was found not to be storable, if that was a moment ago.
    pub(crate) fn get(&self, key: &PageKey) -> Option<NotStored> {
        let (hash, place) = self.place(key);
        let notes = self.lock();
        let note = notes.get(place)?.as_ref().filter(|note| note.hash == hash)?;
        let is_over = note.until.is_some_and(|until| until <= Instant::now());
        (!is_over).then_some(note.reason)
    }

    /// Notes that the page was found not to be storable.
    pub(crate) fn add(&self, key: &PageKey, reason: NotStored) {
        let until = Instant::now().checked_add(self.period);
        let (hash, place) = self.place(key);
        let mut notes = self.lock();
        if notes.is_empty() {
            notes.resize(NOTES, None);
        }
        notes[place] = Some(Note { hash, until, reason });
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    #[expect(clippy::cast_possible_truncation, reason = "any part of a hash is one")]
    fn place(&self, key: &PageKey) -> (u64, usize) {
        let hash = self.hasher.hash_one(key);
        (hash, hash as usize % NOTES)
    }

    /// Nothing that is done under the lock can fail half-way.
    fn lock(&self) -> MutexGuard<'_, Vec<Option<Note>>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
