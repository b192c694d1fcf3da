//! Transactions of the load, each written down with what it bumped at the end.

use super::cx::{Cx, Kind};
use super::group::Group;
use super::log::{Bumped, Ticket, Version, Written, ticket};
use super::work::{Shared, lock};
use super::world::{Draft, World};
use gcache::Transaction;
use std::sync::Arc;

/// A transaction of the database with gcache's. Given up, the database rolls back.
#[derive(Debug)]
pub(crate) struct Tx<'a> {
    /// Dropped before the rest: what it bumps then is written down after.
    real: Option<Transaction>,
    end: End<'a>,
}

#[derive(Debug)]
struct End<'a> {
    log: &'a Shared,
    draft: Arc<Draft>,
    since: Ticket,
    written: Vec<(Group, Version, Ticket)>,
    /// When the bumps began; not if they are forgotten.
    bumps: Bumps,
}

#[derive(Debug)]
enum Bumps {
    Unnoticed,
    Since(Ticket),
    Forgotten,
}

impl<'a> Tx<'a> {
    pub(crate) fn begin(log: &'a Shared) -> Self {
        let (draft, since) = (Draft::begin(), ticket());
        let end = End { log, draft, since, written: Vec::new(), bumps: Bumps::Unnoticed };
        Self { real: Some(Transaction::begin()), end }
    }

    pub(crate) fn draft(&self) -> &Arc<Draft> {
        &self.end.draft
    }

    /// Runs `work` inside.
    pub(crate) async fn inside(&self, cx: &Cx, work: impl Future<Output = ()>) {
        let Some(real) = &self.real else { return };
        match cx.kind {
            Kind::Thread => real.enter(|| cx.now(work)),
            Kind::Task => real.run(work).await,
        }
    }

    /// Commits the database, and after a pause the bumps.
    pub(crate) async fn commit(mut self, cx: &Cx) {
        for group in self.end.draft.commit() {
            let begun = ticket();
            self.end.written.push((group, World::get().write(group), begun));
        }
        self.end.since = ticket();
        cx.pause().await;
        self.end.bumps = Bumps::Since(ticket());
        self.real.take().map(Transaction::commit);
        lock(self.end.log).counts.committed += 1;
    }

    pub(crate) async fn roll_back(mut self, cx: &Cx) {
        cx.pause().await;
        if let Some(real) = self.real.take() {
            real.rollback();
            self.end.bumps = Bumps::Forgotten;
        }
        lock(self.end.log).counts.rolled_back += 1;
    }

    /// Drops it undecided.
    pub(crate) fn give_up(mut self) {
        self.end.bumps = Bumps::Since(ticket());
        drop(self.real.take());
        lock(self.end.log).counts.dropped += 1;
    }
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        let begun = match self.bumps {
            Bumps::Forgotten => return,
            Bumps::Since(begun) => begun,
            Bumps::Unnoticed => self.since,
        };
        let done = ticket();
        let mut log = lock(self.log);
        let scopes = self.draft.held();
        log.bumped.extend(scopes.into_iter().map(|scope| Bumped { scope, begun, done }));
        log.written.extend(self.written.drain(..).map(|(group, version, begun)| Written {
            group,
            version,
            begun,
            done,
        }));
    }
}
