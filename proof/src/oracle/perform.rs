//! How an operation is carried out.

use super::ask::{ask, ask_and_compare, handle};
use super::change::{Known, Row};
use super::cx::{Cx, Planned};
use super::group::{ALBUMS, Group, Groups, PHOTOS, USERS};
use super::mutate::{self, Work};
use super::op::{By, Op, TxEnd, Way};
use super::query::{BRIEF, How, Key};
use super::service::{self, Feed, Photo, User};
use super::transact::Tx;
use super::world::Write;
use gcache::{Bumped, Invalidates as _, invalidate, invalidate_tag};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::time::Instant;

/// Whether a program has one actor, whose answers are compared with the uncached function's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Company {
    Alone,
    Others,
}

/// Carries out `op`.
pub(crate) fn perform<'a>(
    cx: &'a Cx,
    company: Company,
    op: &'a Op,
) -> Pin<Box<dyn Future<Output = ()> + 'a>> {
    // Boxed, since transactions hold operations.
    Box::pin(async move {
        match op {
            Op::Ask(key) => question(cx, company, *key).await,
            Op::Bypass(key, way) => bypassed(cx, *key, *way).await,
            Op::Move { id, user, album, by } => {
                let to = Row { id: *id, user: *user, album: *album };
                move_photo(cx, to, *by).await;
            }
            Op::Insert { id, user, album } => {
                insert(cx, Row { id: *id, user: *user, album: *album }).await;
            }
            Op::Delete { id, by_key } => delete(cx, *id, *by_key).await,
            Op::Bulk(known) => bulk(cx, *known).await,
            Op::MoveAll => move_all(cx).await,
            Op::User { id, there } => {
                let write = Write::User(*id, *there);
                write_and_bump(cx, Group::User(*id), write, Known::User(*id)).await;
            }
            Op::Front(front) => {
                write_and_bump(cx, Group::Tag(0), Write::Front(*front), Known::Tag(0)).await;
            }
            Op::Content(group) => {
                let known = match group {
                    Group::Feed(reader) => Known::Feed(*reader),
                    Group::Tag(tag) => Known::Tag(*tag),
                    _ => Known::Rates,
                };
                write_and_bump(cx, *group, Write::Content(*group), known).await;
            }
            Op::Invalidate(known) => by_hand(cx, *known).await,
            Op::Spoil { id, user } => spoil(cx, *id, *user),
            Op::Clear(key) => clear(cx, *key),
            Op::Enable(on) => enable(cx, *on),
            Op::Expire => expire(),
            Op::Noise(keys) => noise(*keys),
            Op::Transaction { how, ops, end } => transaction(cx, company, *how, ops, *end).await,
        }
    })
}

async fn question(cx: &Cx, company: Company, key: Key) {
    match company {
        Company::Alone => ask_and_compare(cx, key.how, key.query).await,
        Company::Others => {
            ask(cx, key.how, key.query).await;
        }
    }
}

/// Puts the actor's scope back when it is left, in whatever way.
struct Bypassed<'a>(&'a Cx);

impl Drop for Bypassed<'_> {
    fn drop(&mut self) {
        self.0.trace().actors[self.0.actor].bypass = false;
    }
}

async fn bypassed(cx: &Cx, key: Key, way: Way) {
    if way == Way::Option {
        cx.bypass_next();
        ask(cx, key.how, key.query).await;
        return;
    }
    cx.trace().actors[cx.actor].bypass = true;
    let _scope = Bypassed(cx);
    match key.how {
        How::Sync => gcache::bypass(|| cx.now(async { drop(ask(cx, key.how, key.query).await) })),
        How::Async => drop(gcache::bypass_async(ask(cx, key.how, key.query)).await),
    }
}

/// Begins a mutation of one photo, and reads its row, if there is one.
fn work(cx: &Cx, id: u32) -> Option<(Work<'_>, Option<Row>)> {
    let work = Work::begin(cx, Groups::of([Group::Photo(id)]))?;
    let row = cx.trace().rows(cx.actor, Group::Photo(id)).pop();
    Some((work, row))
}

fn all_photos() -> Groups {
    Groups::of((0..PHOTOS).map(Group::Photo))
}

/// Bumps by hand when dropped, so that what was written is bumped if it is given up, too.
struct Finally<F: FnMut() -> Bumped>(F);

impl<F: FnMut() -> Bumped> Drop for Finally<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

async fn move_photo(cx: &Cx, to: Row, by: By) {
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
            let bump = Finally(|| Photo::invalidate_many(&rows));
            work.write(Write::Photo(id, Some(to))).await;
            work.bumps(both);
            drop(bump);
        }
    }
}

async fn insert(cx: &Cx, new: Row) {
    let Some((work, before)) = work(cx, new.id) else { return };
    work.otherwise(Known::AllPhotos.ends());
    // That it may fail is part of the program.
    let _ = mutate::insert(&work, new, before.is_some()).await;
}

async fn delete(cx: &Cx, id: u32, by_key: bool) {
    let Some((work, Some(row))) = work(cx, id) else { return };
    work.otherwise(if by_key { Known::Key(id).ends() } else { row.groups() });
    if by_key {
        mutate::write_by_key(&work, id, None).await;
    } else {
        Photo::new(row, 0).delete(&work).await;
    }
}

/// Changes rows in place and ends what may depend on them.
async fn bulk(cx: &Cx, known: Known) {
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
    let bump = Finally(|| bump(known));
    for row in rows {
        work.write(Write::Photo(row.id, Some(row))).await;
    }
    work.bumps(known.ends());
    drop(bump);
}

/// Moves every photo, and ends the groups of all rows of before and after at once.
async fn move_all(cx: &Cx) {
    let Some(work) = Work::begin(cx, all_photos()) else { return };
    let before = cx.trace().rows(cx.actor, Group::Photos);
    let moved =
        |row: &Row| Row { user: (row.user + 1) % USERS, album: (row.album + 1) % ALBUMS, ..*row };
    let after: Vec<Row> = before.iter().map(moved).collect();
    let both = || before.iter().chain(&after);
    let groups = both().fold(Groups::NONE, |groups, row| groups.and(row.groups()));
    work.otherwise(groups);
    let models: Vec<Photo> = both().map(|row| Photo::new(*row, 0)).collect();
    let bump = Finally(|| Photo::invalidate_many(&models));
    for row in &after {
        work.write(Write::Photo(row.id, Some(*row))).await;
    }
    work.bumps(groups);
    drop(bump);
}

async fn write_and_bump(cx: &Cx, row: Group, write: Write, known: Known) {
    let Some(work) = Work::begin(cx, Groups::of([row])) else { return };
    work.otherwise(known.ends());
    let bump = Finally(|| bump(known));
    work.write(write).await;
    work.bumps(known.ends());
    drop(bump);
}

/// Invalidates what nobody has changed.
async fn by_hand(cx: &Cx, known: Known) {
    cx.gate().await;
    let Some(work) = Work::begin(cx, Groups::NONE) else { return };
    work.bumps(known.ends());
    let bumped = bump(known);
    let mut trace = cx.trace();
    if bumped.is_held() != trace.actors[cx.actor].connection.is_in_transaction() {
        trace.violate(cx.actor, "a bump is held back outside of a transaction, or not in one");
    }
}

fn bump(known: Known) -> Bumped {
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

fn spoil(cx: &Cx, id: u32, user: u32) {
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

fn clear(cx: &Cx, key: Option<Key>) {
    let begun = cx.trace().clear_begins(cx.actor, key);
    match key {
        None => gcache::clear(),
        Some(key) => handle(key).clear(),
    }
    cx.trace().clear_returned(key, begun);
}

fn enable(cx: &Cx, on: bool) {
    let mut trace = cx.trace();
    trace.say(cx.actor, || if on { "turns on".to_owned() } else { "turns off".to_owned() });
    trace.enabled = on;
    gcache::set_enabled(on);
}

/// Lets all pass that has a time to live. Nothing depends on how long it takes.
fn expire() {
    let begin = Instant::now();
    while begin.elapsed() < BRIEF {
        std::thread::yield_now();
    }
}

fn noise(keys: u32) {
    for key in 0..keys {
        service::noise(1_000 + key);
    }
}

async fn transaction(cx: &Cx, company: Company, how: How, ops: &[Op], end: TxEnd) {
    let tx = Tx::begin(cx);
    tx.inside(how, async {
        for op in ops {
            perform(cx, company, op).await;
        }
    })
    .await;
    match end {
        TxEnd::Commit => tx.commit().await,
        TxEnd::Rollback => tx.roll_back().await,
        TxEnd::Drop { committed } => tx.give_up(committed).await,
    }
}
