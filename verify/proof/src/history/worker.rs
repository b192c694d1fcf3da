//! One worker of the load: asks, changes, transacts, and writes down what it saw.

use super::check::{Violation, Wrong};
use super::cx::{Cx, Kind, Planned};
use super::group::{Function, Group, ITEMS, NOTES, OWNERS, SHELVES, Scope};
use super::log::{Invalidated, Log, Seen, ticket};
use super::service::{self, Item, Query, ask, noise};
use super::tx::Tx;
use super::work::{
    self, Row, Shared, Work, ends_all, ends_key, ends_owner, ends_row, ends_shelf, lock,
};
use super::world::Place;
use futures::FutureExt as _;
use futures::future::{Either, select};
use gcache::{Invalidates as _, invalidate};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::pin::pin;
use std::sync::Mutex;

/// One worker.
#[derive(Debug)]
pub(crate) struct Worker {
    cx: Cx,
    log: Shared,
}

impl Worker {
    pub(crate) fn new(kind: Kind, seed: u64) -> Self {
        Self { cx: Cx::new(kind, seed), log: Mutex::default() }
    }

    /// Does something, drawn by chance.
    pub(crate) async fn act(&self) {
        let cx = &self.cx;
        match cx.draw(2000) {
            0..1938 => self.read(cx).await,
            1938..1978 => drop(self.catch(cx, self.write(cx)).await),
            1978..1990 => drop(self.catch(cx, self.transaction()).await),
            1990..1996 => self.invalidate(),
            1996 => self.clear(),
            1997 => self.toggle().await,
            _ => make_noise(cx),
        }
    }

    /// The same on a thread.
    pub(crate) fn act_now(&self) {
        self.cx.now(self.act());
    }

    /// What was written down.
    pub(crate) fn into_log(self) -> Log {
        self.log.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Runs `work`, which may panic as planned and, if it is a task, be dropped in the middle: `None`
    /// in both cases.
    async fn catch<R>(&self, cx: &Cx, work: impl Future<Output = R>) -> Option<R> {
        let work = pin!(AssertUnwindSafe(work).catch_unwind());
        let done = if cx.kind == Kind::Task && cx.draw(32) == 0 {
            let time = pin!(yields(cx.draw(4)));
            match select(work, time).await {
                Either::Left((done, _)) => done,
                Either::Right(((), _)) => {
                    lock(&self.log).counts.cancelled += 1;
                    return None;
                }
            }
        } else {
            work.await
        };
        match done {
            Ok(result) => Some(result),
            Err(panic) if panic.is::<Planned>() => {
                lock(&self.log).counts.panics += 1;
                None
            }
            Err(panic) => resume_unwind(panic),
        }
    }

    async fn read(&self, cx: &Cx) {
        let query = query(cx);
        let begun = ticket();
        let answer = self.catch(cx, ask(cx, cx.kind, query)).await;
        let ended = ticket();
        let mut log = lock(&self.log);
        match answer {
            None => {}
            Some(Err(_)) => log.counts.errors += 1,
            Some(Ok(value)) => {
                log.counts.reads += 1;
                log.counts.reads_in_transactions += u64::from(cx.draft.is_some());
                let asked = query.group();
                for (at, part) in value.parts().iter().enumerate() {
                    let seen = Seen { begun, ended, part: *part };
                    let own = cx.draft.as_ref().and_then(|draft| draft.version(part.group));
                    let wrong = match own {
                        _ if at == 0 && part.group != asked => Some(Wrong::Another(asked)),
                        Some(own) if own != part.version => Some(Wrong::NotItsOwn),
                        _ => None,
                    };
                    match wrong {
                        Some(wrong) => log.wrong.push(Violation { seen, wrong }),
                        None if own.is_none() => log.seen.push(seen),
                        None => {}
                    }
                }
            }
        }
    }

    async fn write(&self, cx: &Cx) {
        let (id, place) = (cx.draw_low(ITEMS), place(cx));
        match cx.draw(10) {
            0..7 => self.move_item(cx, id, place).await,
            7 => {
                let otherwise = ends_owner(place.owner);
                let work = Work::begin(cx, &self.log, otherwise);
                work::retitle_all_of(&work, place.owner).await;
            }
            8 => {
                let key = cx.draw_low(NOTES);
                let otherwise = vec![Scope::One(Group::Note(key))];
                let work = Work::begin(cx, &self.log, otherwise);
                work::write_note(&work, key).await;
            }
            _ if cx.draw(8) == 0 => {
                let work = Work::begin(cx, &self.log, ends_all());
                work::change_all(&work).await;
            }
            _ => self.move_item(cx, id, place).await,
        }
    }

    async fn move_item(&self, cx: &Cx, id: u32, to: Place) {
        let Some((row, from)) = Row::lock(cx, id) else { return };
        let how = cx.draw(4);
        let otherwise = match how {
            0 => ends_key(id),
            1 => [ends_row(id, from), ends_row(id, to)].concat(),
            _ => ends_all(),
        };
        let work = Work::begin(cx, &self.log, otherwise);
        let mut item = Item::new(id, from);
        match how {
            0 => work::move_by_key(&work, &row, id, from, to).await,
            1 => item.edit_to(&work, &row, to).await,
            2 => item.move_now(&work, &row, to),
            _ => item.move_to(&work, &row, to).await,
        }
        drop(work);
        // Only now may another move it.
        drop(row);
    }

    async fn transaction(&self) {
        let tx = Tx::begin(&self.log);
        let inside = self.cx.with(tx.draft());
        tx.inside(&inside, async {
            for _ in 0..=inside.draw(4) {
                if inside.draw(3) == 0 {
                    self.write(&inside).await;
                } else {
                    self.read(&inside).await;
                }
            }
        })
        .await;
        match self.cx.draw(5) {
            0..2 => tx.commit(&self.cx).await,
            2..4 => tx.roll_back(&self.cx).await,
            _ => tx.give_up(),
        }
    }

    /// Invalidations what nobody has changed.
    fn invalidate(&self) {
        let cx = &self.cx;
        let (id, place) = (cx.draw_low(ITEMS), place(cx));
        let begun = ticket();
        let scopes = match cx.draw(5) {
            0 => {
                Item::new(id, place).invalidate();
                ends_row(id, place)
            }
            1 => {
                service::invalidate_item(id);
                ends_key(id)
            }
            2 => {
                service::invalidate_item_by_owner(place.owner);
                ends_owner(place.owner)
            }
            3 => {
                service::invalidate_item_by_owner_and_shelf(place.owner, place.shelf);
                ends_shelf(place)
            }
            _ => {
                let note = cx.draw_low(NOTES);
                invalidate!(service::Note(note));
                vec![Scope::One(Group::Note(note))]
            }
        };
        self.invalidated(begun, scopes);
        lock(&self.log).counts.invalidations += 1;
    }

    fn clear(&self) {
        let begun = ticket();
        let scopes = if self.cx.draw(4) == 0 {
            gcache::clear();
            Function::ALL.map(Scope::Content).to_vec()
        } else {
            vec![Scope::Content(service::clear(query(&self.cx)))]
        };
        self.invalidated(begun, scopes);
        lock(&self.log).counts.clears += 1;
    }

    fn invalidated(&self, begun: u64, scopes: Vec<Scope>) {
        let done = ticket();
        let invalidated = scopes.into_iter().map(|scope| Invalidated { scope, begun, done });
        lock(&self.log).invalidated.extend(invalidated);
    }

    /// Turns caching off for a moment.
    async fn toggle(&self) {
        gcache::set_enabled(false);
        self.cx.pause().await;
        self.read(&self.cx).await;
        gcache::set_enabled(true);
        lock(&self.log).counts.toggles += 1;
    }
}

fn place(cx: &Cx) -> Place {
    Place { owner: cx.draw_low(OWNERS), shelf: cx.draw(SHELVES) }
}

fn query(cx: &Cx) -> Query {
    let id = cx.draw_low(ITEMS);
    match cx.draw(64) {
        0..20 => Query::Item(id),
        20..28 => Query::OfOwner(cx.draw_low(OWNERS)),
        28..34 => Query::OfOwnerOnShelf(cx.draw_low(OWNERS), cx.draw(SHELVES)),
        34..36 => Query::Items,
        36..40 => Query::Note(cx.draw_low(NOTES)),
        40..50 => Query::Card(id),
        50..56 => Query::Page(id),
        56..60 => Query::Small(id),
        _ => Query::Brief(id),
    }
}

/// Uses keys that nothing else uses.
fn make_noise(cx: &Cx) {
    for _ in 0..40 {
        noise(ITEMS + cx.draw(1 << 20));
    }
}

/// Comes back to the executor this many times.
async fn yields(times: u32) {
    for _ in 0..times {
        tokio::task::yield_now().await;
    }
}
