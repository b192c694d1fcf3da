//! Mutations of the load, each written down with what it invalidated.

use super::cx::{Cx, Planned};
use super::group::{Group, OWNERS, SHELVES, Scope};
use super::log::{Invalidated, Log, Ticket, Version, Written, ticket};
use super::service::Item;
use super::world::{Draft, Locked, Place, World, groups_of};
use gcache::{Invalidates as _, invalidates};
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The log that a worker and its mutations write to.
pub(crate) type Shared = Mutex<Log>;

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A mutation under way. Dropped, it has returned, and its invalidation with it.
#[derive(Debug)]
pub(crate) struct Work<'a> {
    pub(crate) cx: &'a Cx,
    log: &'a Shared,
    done: Mutex<Done>,
}

#[derive(Debug)]
struct Done {
    /// A moment before the invalidation.
    since: Ticket,
    written: Vec<(Group, Version, Ticket)>,
    /// What gcache must end if the mutation is given up.
    otherwise: Vec<Scope>,
    invalidated: Option<(Ticket, Vec<Scope>)>,
}

impl<'a> Work<'a> {
    pub(crate) fn begin(cx: &'a Cx, log: &'a Shared, otherwise: Vec<Scope>) -> Self {
        let done = Done { since: ticket(), written: Vec::new(), otherwise, invalidated: None };
        Self { cx, log, done: Mutex::new(done) }
    }

    /// Writes, with pauses around it; now and then it panics after it has written.
    pub(crate) async fn write(&self, groups: &[Group]) {
        self.cx.pause().await;
        match &self.cx.draft {
            Some(draft) => draft.write(groups),
            None => groups.iter().for_each(|group| self.write_one(*group)),
        }
        lock(&self.done).since = ticket();
        self.cx.pause().await;
        if self.cx.draw(32) == 0 {
            resume_unwind(Box::new(Planned));
        }
    }

    fn write_one(&self, group: Group) {
        let begun = ticket();
        let version = World::get().write(group);
        lock(&self.done).written.push((group, version, begun));
    }

    /// Says what is invalidated now.
    pub(crate) fn invalidations(&self, scopes: Vec<Scope>) {
        lock(&self.done).invalidated = Some((ticket(), scopes));
    }
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        let done = ticket();
        let mut log = lock(self.log);
        log.counts.writes += 1;
        let Done { since, written, otherwise, invalidated } = &mut *lock(&self.done);
        let (begun, scopes) = invalidated.take().unwrap_or_else(|| {
            log.counts.writes_given_up += 1;
            (*since, std::mem::take(otherwise))
        });
        if let Some(draft) = &self.cx.draft {
            draft.hold(&scopes);
            return;
        }
        log.invalidated.extend(scopes.into_iter().map(|scope| Invalidated { scope, begun, done }));
        log.written.extend(written.drain(..).map(|(group, version, begun)| Written {
            group,
            version,
            begun,
            done,
        }));
    }
}

/// What a change ends of which the row is known.
pub(crate) fn ends_row(id: u32, place: Place) -> Vec<Scope> {
    groups_of(id, place).map(Scope::One).to_vec()
}

/// What a change ends of which the key is known.
pub(crate) fn ends_key(id: u32) -> Vec<Scope> {
    let [item, _, _, items] = groups_of(id, Place { owner: 0, shelf: 0 });
    vec![Scope::One(item), Scope::AllOwners, Scope::AllShelves, Scope::One(items)]
}

/// What a change ends of which the owner is known.
pub(crate) fn ends_owner(owner: u32) -> Vec<Scope> {
    let shelves = (0..SHELVES).map(|shelf| Group::OfOwnerOnShelf(owner, shelf));
    let groups = shelves.chain([Group::OfOwner(owner), Group::Items]);
    groups.map(Scope::One).chain([Scope::AllItems]).collect()
}

/// What a change ends of which the owner and the shelf are known.
pub(crate) fn ends_shelf(place: Place) -> Vec<Scope> {
    let [_, owner, shelf, items] = groups_of(0, place);
    vec![Scope::One(owner), Scope::One(shelf), Scope::One(items), Scope::AllItems]
}

/// What a change ends of which nothing is known.
pub(crate) fn ends_all() -> Vec<Scope> {
    vec![Scope::AllItems, Scope::AllOwners, Scope::AllShelves, Scope::One(Group::Items)]
}

impl Item {
    pub(crate) fn new(id: u32, place: Place) -> Self {
        Self { id, owner: place.owner, shelf: place.shelf }
    }

    fn place(&self) -> Place {
        Place { owner: self.owner, shelf: self.shelf }
    }

    /// Writes the row, which was at `before`, and says what ends.
    async fn save(&self, work: &Work<'_>, row: &Row, before: Place) {
        let (id, after) = (self.id, self.place());
        row.put(after);
        let groups = [groups_of(id, before), groups_of(id, after)].concat();
        work.write(&groups).await;
        work.invalidations([ends_row(id, before), ends_row(id, after)].concat());
    }
}

/// A row that is locked, by a mutation or by the transaction around it.
#[derive(Debug)]
pub(crate) enum Row {
    Own(Locked),
    OfDraft(u32, Arc<Draft>),
}

impl Row {
    /// Locks a row, and says where it is; `None` where another has locked it.
    pub(crate) fn lock(cx: &Cx, id: u32) -> Option<(Self, Place)> {
        match &cx.draft {
            Some(draft) => {
                let place = draft.lock(id)?;
                Some((Self::OfDraft(id, Arc::clone(draft)), place))
            }
            None => {
                let lock = World::get().lock(id)?;
                let place = lock.place();
                Some((Self::Own(lock), place))
            }
        }
    }

    fn put(&self, place: Place) {
        match self {
            Self::Own(lock) => lock.put(place),
            Self::OfDraft(id, draft) => draft.put(*id, place),
        }
    }
}

#[invalidates]
impl Item {
    pub(crate) async fn move_to(&mut self, work: &Work<'_>, row: &Row, place: Place) {
        let before = self.place();
        (self.owner, self.shelf) = (place.owner, place.shelf);
        self.save(work, row, before).await;
    }

    pub(crate) fn move_now(&mut self, work: &Work<'_>, row: &Row, place: Place) {
        let before = self.place();
        (self.owner, self.shelf) = (place.owner, place.shelf);
        work.cx.now(self.save(work, row, before));
    }
}

impl Item {
    pub(crate) async fn edit_to(&mut self, work: &Work<'_>, row: &Row, place: Place) {
        let before = self.place();
        let mut edit = self.edit();
        (edit.owner, edit.shelf) = (place.owner, place.shelf);
        edit.save(work, row, before).await;
        drop(edit);
    }
}

#[invalidates(Item, key = id)]
pub(crate) async fn move_by_key(work: &Work<'_>, row: &Row, id: u32, from: Place, to: Place) {
    row.put(to);
    work.write(&[groups_of(id, from), groups_of(id, to)].concat()).await;
    work.invalidations(ends_key(id));
}

#[invalidates(Item(owner = owner))]
pub(crate) async fn retitle_all_of(work: &Work<'_>, owner: u32) {
    let shelves = (0..SHELVES).map(|shelf| Group::OfOwnerOnShelf(owner, shelf));
    work.write(&shelves.chain([Group::OfOwner(owner), Group::Items]).collect::<Vec<_>>()).await;
    work.invalidations(ends_owner(owner));
}

#[invalidates(Item)]
pub(crate) async fn change_all(work: &Work<'_>) {
    let owners = (0..OWNERS).map(Group::OfOwner);
    work.write(&owners.chain([Group::Items]).collect::<Vec<_>>()).await;
    work.invalidations(ends_all());
}

#[invalidates(super::service::Note(key))]
pub(crate) async fn write_note(work: &Work<'_>, key: u32) {
    work.write(&[Group::Note(key)]).await;
    work.invalidations(vec![Scope::One(Group::Note(key))]);
}
