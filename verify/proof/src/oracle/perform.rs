//! How an operation is carried out.

use super::ask::{ask, ask_and_compare, handle};
use super::change::{Known, Row};
use super::cx::Cx;
use super::group::Group;
use super::link;
use super::op::{Op, TxEnd, TxKind, Way};
use super::query::{BRIEF, How, Key, LASTING};
use super::report::{
    bulk, by_hand, delete, insert, move_all, move_photo, spoil, write_and_invalidate,
};
use super::service;
use super::transact::Tx;
use super::world::Write;
use std::pin::Pin;
use std::time::{Duration, Instant};

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
                write_and_invalidate(cx, Group::User(*id), write, Known::User(*id)).await;
            }
            Op::Front(front) => {
                write_and_invalidate(cx, Group::Tag(0), Write::Front(*front), Known::Tag(0)).await;
            }
            Op::Content(group) => {
                let known = match group {
                    Group::Feed(reader) => Known::Feed(*reader),
                    Group::Tag(tag) => Known::Tag(*tag),
                    _ => Known::Rates,
                };
                write_and_invalidate(cx, *group, Write::Content(*group), known).await;
            }
            Op::Invalidate(known) => by_hand(cx, *known).await,
            Op::Spoil { id, user } => spoil(cx, *id, *user),
            Op::Clear(key) => clear(cx, *key),
            Op::Enable(on) => enable(cx, *on),
            Op::Expire => pass(BRIEF),
            Op::Outlive(key) => {
                // Stored, found in the memo, kept in the local cache, found there.
                for _ in 0..4 {
                    question(cx, company, *key).await;
                }
                pass(LASTING);
            }
            Op::Noise(keys) => noise(*keys),
            Op::Link(event) => link::happen(cx, *event).await,
            Op::Transaction { kind, how, ops, end } => {
                transaction(cx, company, (*kind, *how), ops, *end).await;
            }
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

fn clear(cx: &Cx, key: Option<Key>) {
    let begun = cx.trace().clear_begins(cx.actor, key);
    match key {
        None => gcache::clear(),
        // It may not have been called yet.
        Some(key) => _ = handle(key).clear(),
    }
    cx.trace().clear_returned(key, begun);
}

fn enable(cx: &Cx, on: bool) {
    let mut trace = cx.trace();
    trace.say(cx.actor, || if on { "turns on".to_owned() } else { "turns off".to_owned() });
    trace.enabled = on;
    gcache::set_enabled(on);
}

/// Lets time pass. Nothing depends on how long it takes.
fn pass(time: Duration) {
    let begin = Instant::now();
    while begin.elapsed() < time {
        std::thread::yield_now();
    }
}

fn noise(keys: u32) {
    for key in 0..keys {
        service::noise(1_000 + key);
    }
}

async fn transaction(
    cx: &Cx,
    company: Company,
    (kind, how): (TxKind, How),
    ops: &[Op],
    end: TxEnd,
) {
    let tx = Tx::begin(cx, kind);
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
