//! The database of the load: a version for each group, and rows that one mutation at a time may change.
//!
//! What a transaction has written and not committed is in its [`Draft`], with versions that nothing
//! committed ever has.

use super::group::{GROUPS, Group, ITEMS, OWNERS, SHELVES, Scope};
use super::log::Version;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Marks the versions of what is not committed.
const UNCOMMITTED: Version = 1 << 62;

/// Where an item belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) owner: u32,
    pub(crate) shelf: u32,
}

/// The database.
#[derive(Debug)]
pub(crate) struct World {
    versions: [AtomicU64; GROUPS],
    rows: [Row; ITEMS as usize],
    drafts: AtomicU64,
}

#[derive(Debug)]
struct Row {
    locked: AtomicBool,
    place: AtomicU64,
}

/// A row that is locked, until this is dropped.
#[derive(Debug)]
pub(crate) struct Locked {
    pub(crate) id: u32,
    world: &'static World,
}

/// What a transaction has written.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    versions: HashMap<Group, Version>,
    places: HashMap<u32, Place>,
    locks: Vec<Locked>,
    held: Vec<Scope>,
}

static WORLD: World = World {
    versions: [const { AtomicU64::new(0) }; GROUPS],
    rows: [const { Row { locked: AtomicBool::new(false), place: AtomicU64::new(0) } };
        ITEMS as usize],
    drafts: AtomicU64::new(UNCOMMITTED),
};

impl World {
    /// The process has one, as it has one cache.
    pub(crate) fn get() -> &'static Self {
        &WORLD
    }

    /// What is committed of `group`.
    pub(crate) fn version(&self, group: Group) -> Version {
        self.versions[group.number()].load(Ordering::SeqCst)
    }

    /// Changes `group`, and returns its new version.
    pub(crate) fn write(&self, group: Group) -> Version {
        self.versions[group.number()].fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Locks a row; `None` where it is locked.
    pub(crate) fn lock(&'static self, id: u32) -> Option<Locked> {
        let row = &self.rows[id as usize];
        let free = !row.locked.swap(true, Ordering::SeqCst);
        free.then(|| Locked { id, world: self })
    }
}

impl Locked {
    pub(crate) fn place(&self) -> Place {
        let place = self.world.rows[self.id as usize].place.load(Ordering::SeqCst);
        let owner = u32::try_from(place).unwrap_or_default() / SHELVES % OWNERS;
        Place { owner, shelf: u32::try_from(place).unwrap_or_default() % SHELVES }
    }

    pub(crate) fn put(&self, place: Place) {
        let place = u64::from(place.owner * SHELVES + place.shelf);
        self.world.rows[self.id as usize].place.store(place, Ordering::SeqCst);
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        self.world.rows[self.id as usize].locked.store(false, Ordering::SeqCst);
    }
}

impl Draft {
    pub(crate) fn begin() -> Arc<Self> {
        Arc::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What this transaction has written to `group`, if anything.
    pub(crate) fn version(&self, group: Group) -> Option<Version> {
        self.state().versions.get(&group).copied()
    }

    /// Changes `groups`.
    pub(crate) fn write(&self, groups: &[Group]) {
        let version = WORLD.drafts.fetch_add(1, Ordering::SeqCst);
        let mut state = self.state();
        state.versions.extend(groups.iter().map(|group| (*group, version)));
    }

    /// Locks a row until the transaction is over, and says where it is; `None` where another has
    /// locked it.
    pub(crate) fn lock(&self, id: u32) -> Option<Place> {
        let mut state = self.state();
        if let Some(place) = state.places.get(&id) {
            return Some(*place);
        }
        let lock = WORLD.lock(id)?;
        let place = lock.place();
        state.locks.push(lock);
        state.places.insert(id, place);
        Some(place)
    }

    pub(crate) fn put(&self, id: u32, place: Place) {
        self.state().places.insert(id, place);
    }

    /// Notes what is to be invalidated at the end.
    pub(crate) fn hold(&self, scopes: &[Scope]) {
        self.state().held.extend(scopes);
    }

    /// What is to be invalidated at the end.
    pub(crate) fn held(&self) -> Vec<Scope> {
        std::mem::take(&mut self.state().held)
    }

    /// Puts the rows where they belong from now on, and returns the groups that were changed.
    pub(crate) fn commit(&self) -> Vec<Group> {
        let state = self.state();
        for lock in &state.locks {
            if let Some(place) = state.places.get(&lock.id) {
                lock.put(*place);
            }
        }
        state.versions.keys().copied().collect()
    }
}

/// The groups of an item, and the model as a whole.
pub(crate) fn groups_of(id: u32, place: Place) -> [Group; 4] {
    let Place { owner, shelf } = place;
    [Group::Item(id), Group::OfOwner(owner), Group::OfOwnerOnShelf(owner, shelf), Group::Items]
}
