//! Mutations of the world's models, as programs write them: methods, guards, functions.
//!
//! Each takes a [`Work`], through which it changes the database and says what it is about to invalidate. A
//! mutation that is given up in the middle reports what gcache must end then.

use super::change::{Known, Row};
use super::cx::Cx;
use super::group::Groups;
use super::record::Moment;
use super::service::Photo;
use super::world::{Write, Written};
use gcache::invalidates;
use std::panic::resume_unwind;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One mutation under way. Dropped, it has returned, and its invalidation with it.
#[derive(Debug)]
pub(crate) struct Work<'a> {
    pub(crate) cx: &'a Cx,
    done: Mutex<Done>,
}

#[derive(Debug, Default)]
struct Done {
    /// A moment before the invalidation.
    since: Moment,
    written: Vec<Written>,
    /// What ends if it does not get to say so.
    otherwise: Groups,
    invalidated: Option<(Moment, Groups)>,
}

impl<'a> Work<'a> {
    /// Begins, with rows locked for it; `None` where another has locked one of them.
    pub(crate) fn begin(cx: &'a Cx, rows: Groups) -> Option<Self> {
        let mut trace = cx.trace();
        let free = trace.world.lock(cx.actor, rows);
        let done = Done { since: trace.moment(), ..Done::default() };
        free.then(|| Self { cx, done: Mutex::new(done) })
    }

    fn done(&self) -> MutexGuard<'_, Done> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says what gcache must end if the mutation is given up.
    pub(crate) fn otherwise(&self, groups: Groups) {
        self.done().otherwise = groups;
    }

    /// Writes, between two gates.
    pub(crate) async fn write(&self, write: Write) {
        self.cx.gate().await;
        {
            let actor = self.cx.actor;
            let trace = &mut *self.cx.trace();
            trace.say(actor, || format!("writes {write:?}"));
            let written = trace.world.write(&mut trace.actors[actor].connection, write);
            let mut done = self.done();
            done.written.extend(written);
            done.since = trace.moment();
        }
        self.cx.gate().await;
    }

    /// Says what is invalidated now.
    pub(crate) fn invalidations(&self, groups: Groups) {
        let moment = self.cx.trace().invalidation_begins(self.cx.actor, groups);
        self.done().invalidated = Some((moment, groups));
    }
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        let Done { since, written, otherwise, invalidated } = std::mem::take(&mut *self.done());
        let actor = self.cx.actor;
        let mut trace = self.cx.trace();
        let (moment, groups) = invalidated.unwrap_or_else(|| {
            (trace.invalidation_went_unnoticed(actor, otherwise, since), otherwise)
        });
        if trace.actors[actor].connection.is_in_transaction() {
            trace.actors[actor].connection.hold(groups);
            return;
        }
        trace.invalidation_returned(groups, moment);
        written.iter().for_each(|written| trace.settle(written.groups, written.stamp));
        trace.world.unlock(actor);
    }
}

impl Photo {
    fn row(&self) -> Row {
        Row { id: self.id, user: self.user, album: self.album }
    }

    /// Writes the row as it is now, and says which groups end.
    async fn save(&self, work: &Work<'_>, before: Row) {
        work.write(Write::Photo(self.id, Some(self.row()))).await;
        work.invalidations(before.groups().and(self.row().groups()));
    }
}

#[invalidates]
impl Photo {
    pub(crate) async fn move_to(&mut self, work: &Work<'_>, user: u32, album: u32) {
        let before = self.row();
        (self.user, self.album) = (user, album);
        self.save(work, before).await;
    }

    pub(crate) fn move_now(&mut self, work: &Work<'_>, user: u32, album: u32) {
        let before = self.row();
        (self.user, self.album) = (user, album);
        work.cx.now(self.save(work, before));
    }

    /// Writes, and panics before it returns.
    pub(crate) fn spoil(&mut self, work: &Work<'_>, user: u32) {
        self.user = user;
        work.cx.now(work.write(Write::Photo(self.id, Some(self.row()))));
        resume_unwind(Box::new(super::cx::Planned));
    }
}

impl Photo {
    #[invalidates]
    pub(crate) async fn delete(self, work: &Work<'_>) {
        work.write(Write::Photo(self.id, None)).await;
        work.invalidations(self.row().groups());
    }

    /// Moves by a guard.
    pub(crate) async fn edit_to(&mut self, work: &Work<'_>, user: u32, album: u32) {
        let before = self.row();
        let mut edit = gcache::Invalidates::edit(self);
        (edit.user, edit.album) = (user, album);
        edit.save(work, before).await;
        drop(edit);
    }
}

/// The row is there already.
#[derive(Debug)]
pub(crate) struct Exists;

#[invalidates(result)]
pub(crate) async fn insert(work: &Work<'_>, row: Row, exists: bool) -> Result<Photo, Exists> {
    if exists {
        work.cx.gate().await;
        work.invalidations(Known::AllPhotos.ends());
        return Err(Exists);
    }
    work.write(Write::Photo(row.id, Some(row))).await;
    work.invalidations(row.groups());
    Ok(Photo::new(row, 0))
}

#[invalidates(Photo, key = id)]
pub(crate) async fn write_by_key(work: &Work<'_>, id: u32, after: Option<Row>) {
    work.write(Write::Photo(id, after)).await;
    work.invalidations(Known::Key(id).ends());
}

#[invalidates(Photo(user = user))]
pub(crate) async fn retitle_all_of(work: &Work<'_>, user: u32, rows: &[Row]) {
    for row in rows {
        work.write(Write::Photo(row.id, Some(*row))).await;
    }
    work.invalidations(Known::OfUser(user).ends());
}
