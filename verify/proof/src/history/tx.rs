//! Transactions of the load, each written down with what it invalidated at the end.

use super::cx::{Cx, Kind};
use super::group::Group;
use super::log::{Invalidated, Ticket, Version, Written, ticket};
use super::work::{Shared, lock};
use super::world::{Draft, World};
use gcache::Transaction;
use std::sync::Arc;

/// A transaction of the database with gcache's. Given up, the database rolls back.
#[derive(Debug)]
pub(crate) struct Tx<'a> {
    /// Dropped before the rest: what it invalidates then is written down after.
    real: Option<Transaction>,
    end: End<'a>,
}

#[derive(Debug)]
struct End<'a> {
    log: &'a Shared,
    draft: Arc<Draft>,
    since: Ticket,
    written: Vec<(Group, Version, Ticket)>,
    /// When the invalidations began; not if they are forgotten.
    invalidations: Invalidations,
}

#[derive(Debug)]
enum Invalidations {
    Unnoticed,
    Since(Ticket),
    Forgotten,
}

impl<'a> Tx<'a> {
    pub(crate) fn begin(log: &'a Shared) -> Self {
        let (draft, since) = (Draft::begin(), ticket());
        let end =
            End { log, draft, since, written: Vec::new(), invalidations: Invalidations::Unnoticed };
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

    /// Commits the database, and after a pause the invalidations.
    pub(crate) async fn commit(mut self, cx: &Cx) {
        for group in self.end.draft.commit() {
            let begun = ticket();
            self.end.written.push((group, World::get().write(group), begun));
        }
        self.end.since = ticket();
        cx.pause().await;
        self.end.invalidations = Invalidations::Since(ticket());
        self.real.take().map(Transaction::commit);
        lock(self.end.log).counts.committed += 1;
    }

    pub(crate) async fn roll_back(mut self, cx: &Cx) {
        cx.pause().await;
        if let Some(real) = self.real.take() {
            real.rollback();
            self.end.invalidations = Invalidations::Forgotten;
        }
        lock(self.end.log).counts.rolled_back += 1;
    }

    /// Drops it undecided.
    pub(crate) fn give_up(mut self) {
        self.end.invalidations = Invalidations::Since(ticket());
        drop(self.real.take());
        lock(self.end.log).counts.dropped += 1;
    }
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        let begun = match self.invalidations {
            Invalidations::Forgotten => return,
            Invalidations::Since(begun) => begun,
            Invalidations::Unnoticed => self.since,
        };
        let done = ticket();
        let mut log = lock(self.log);
        let scopes = self.draft.held();
        log.invalidated.extend(scopes.into_iter().map(|scope| Invalidated { scope, begun, done }));
        log.written.extend(self.written.drain(..).map(|(group, version, begun)| Written {
            group,
            version,
            begun,
            done,
        }));
    }
}
