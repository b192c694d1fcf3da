//! Changes of the world, each reported to gcache in the way that the operation says.

use super::change::{Known, Row};
use super::cx::{Cx, Planned};
use super::group::{ALBUMS, Group, Groups, PHOTOS, USERS};
use super::mutate::{self, Work};
use super::op::By;
use super::service::{self, Feed, Photo, User};
use super::world::Write;
use gcache::{Invalidated, Invalidates as _, invalidate, invalidate_tag};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Begins a mutation of one photo, and reads its row, if there is one.
fn work(cx: &Cx, id: u32) -> Option<(Work<'_>, Option<Row>)> {
    let work = Work::begin(cx, Groups::of([Group::Photo(id)]))?;
    let row = cx.trace().rows(cx.actor, Group::Photo(id)).pop();
    Some((work, row))
}

fn all_photos() -> Groups {
    Groups::of((0..PHOTOS).map(Group::Photo))
}

/// Invalidations by hand when dropped, so that what was written is invalidated if it is given up, too.
struct Finally<F: FnMut() -> Invalidated>(F);

impl<F: FnMut() -> Invalidated> Drop for Finally<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

pub(crate) async fn move_photo(cx: &Cx, to: Row, by: By) {
    let Row { id, user, album } = to;
    let Some((work, Some(before))) = work(cx, id) else { return };
    let both = before.groups().and(to.groups());
    work.otherwise(match by {
        By::Method | By::SyncMethod => Known::AllPhotos.ends(),
        By::Key => Known::Key(id).ends(),
        By::Edit | By::Rows => both,
    });
    let mut photo = Photo::new(before, 0);
    match by {
        By::Method => photo.move_to(&work, user, album).await,
        By::SyncMethod => photo.move_now(&work, user, album),
        By::Edit => photo.edit_to(&work, user, album).await,
        By::Key => mutate::write_by_key(&work, id, Some(to)).await,
        By::Rows => {
            let rows = [photo, Photo::new(to, 0)];
            let invalidation = Finally(|| Photo::invalidate_many(&rows));
            work.write(Write::Photo(id, Some(to))).await;
            work.invalidations(both);
            drop(invalidation);
        }
    }
}

pub(crate) async fn insert(cx: &Cx, new: Row) {
    let Some((work, before)) = work(cx, new.id) else { return };
    work.otherwise(Known::AllPhotos.ends());
    // That it may fail is part of the program.
    let _ = mutate::insert(&work, new, before.is_some()).await;
}

pub(crate) async fn delete(cx: &Cx, id: u32, by_key: bool) {
    let Some((work, Some(row))) = work(cx, id) else { return };
    work.otherwise(if by_key { Known::Key(id).ends() } else { row.groups() });
    if by_key {
        mutate::write_by_key(&work, id, None).await;
    } else {
        Photo::new(row, 0).delete(&work).await;
    }
}

/// Changes rows in place and ends what may depend on them.
pub(crate) async fn bulk(cx: &Cx, known: Known) {
    let group = match known {
        Known::OfUser(user) => Group::OfUser(user),
        Known::InAlbum(album) => Group::InAlbum(album),
        Known::OfUserInAlbum(user, album) => Group::OfUserInAlbum(user, album),
        _ => Group::Photos,
    };
    let Some(work) = Work::begin(cx, all_photos()) else { return };
    work.otherwise(known.ends());
    let rows = cx.trace().rows(cx.actor, group);
    if let Known::OfUser(user) = known {
        mutate::retitle_all_of(&work, user, &rows).await;
        return;
    }
    let invalidation = Finally(|| invalidation(known));
    for row in rows {
        work.write(Write::Photo(row.id, Some(row))).await;
    }
    work.invalidations(known.ends());
    drop(invalidation);
}

/// Moves every photo, and ends the groups of all rows of before and after at once.
pub(crate) async fn move_all(cx: &Cx) {
    let Some(work) = Work::begin(cx, all_photos()) else { return };
    let before = cx.trace().rows(cx.actor, Group::Photos);
    let moved =
        |row: &Row| Row { user: (row.user + 1) % USERS, album: (row.album + 1) % ALBUMS, ..*row };
    let after: Vec<Row> = before.iter().map(moved).collect();
    let both = || before.iter().chain(&after);
    let groups = both().fold(Groups::NONE, |groups, row| groups.and(row.groups()));
    work.otherwise(groups);
    let models: Vec<Photo> = both().map(|row| Photo::new(*row, 0)).collect();
    let invalidation = Finally(|| Photo::invalidate_many(&models));
    for row in &after {
        work.write(Write::Photo(row.id, Some(*row))).await;
    }
    work.invalidations(groups);
    drop(invalidation);
}

pub(crate) async fn write_and_invalidate(cx: &Cx, row: Group, write: Write, known: Known) {
    let Some(work) = Work::begin(cx, Groups::of([row])) else { return };
    work.otherwise(known.ends());
    let invalidation = Finally(|| invalidation(known));
    work.write(write).await;
    work.invalidations(known.ends());
    drop(invalidation);
}

/// Invalidates what nobody has changed.
pub(crate) async fn by_hand(cx: &Cx, known: Known) {
    cx.gate().await;
    let Some(work) = Work::begin(cx, Groups::NONE) else { return };
    work.invalidations(known.ends());
    let invalidated = invalidation(known);
    let mut trace = cx.trace();
    if invalidated.is_deferred() != trace.actors[cx.actor].connection.is_in_transaction() {
        trace.violate(
            cx.actor,
            "an invalidation is held back outside of a transaction, or not in one",
        );
    }
}

pub(crate) fn invalidation(known: Known) -> Invalidated {
    match known {
        Known::Row(row) => Photo::new(row, 0).invalidate(),
        Known::Key(id) => service::invalidate_photo(id),
        Known::OfUser(user) => service::invalidate_photo_by_user(user),
        Known::InAlbum(album) => invalidate!(Photo(album = album)),
        Known::OfUserInAlbum(user, album) => {
            service::invalidate_photo_by_user_and_album(user, album)
        }
        Known::AllPhotos => Photo::invalidate_all(),
        Known::User(id) => service::invalidate_user(id),
        Known::AllUsers => User::invalidate_all(),
        Known::Feed(reader) => invalidate!(Feed(reader)),
        Known::AllFeeds => Feed::invalidate_all(),
        Known::Rates => service::invalidate_rates(),
        Known::Tag(0) => invalidate!("front"),
        Known::Tag(tag) => invalidate_tag(service::tag(tag)),
    }
}

pub(crate) fn spoil(cx: &Cx, id: u32, user: u32) {
    let Some((work, Some(before))) = work(cx, id) else { return };
    work.otherwise(Known::AllPhotos.ends());
    let mut photo = Photo::new(before, 0);
    let spoil = AssertUnwindSafe(|| photo.spoil(&work, user));
    if let Err(panic) = catch_unwind(spoil)
        && !panic.is::<Planned>()
    {
        resume_unwind(panic);
    }
}
