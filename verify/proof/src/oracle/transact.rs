//! Transactions of the database and of gcache, side by side.

use super::cx::Cx;
use super::group::Groups;
use super::op::TxKind;
use super::query::How;
use super::record::Moment;
use super::world::Written;
use gcache::Transaction;

/// A database transaction, or a savepoint in one, with gcache's. Given up in the middle, the database
/// rolls back.
pub(crate) struct Tx<'a> {
    /// Dropped before the level: what it invalidates then is noted after.
    real: Option<Transaction>,
    level: Level<'a>,
}

/// The side of the database.
struct Level<'a> {
    cx: &'a Cx,
    /// A moment before the invalidations.
    since: Moment,
    state: State,
}

enum State {
    Open,
    /// The database has decided; gcache has not heard of it.
    Decided {
        held: Groups,
        /// What of it is invalidated even if it is rolled back.
        committed: Groups,
        written: Vec<Written>,
        /// When the invalidations began, if they have.
        began: Option<Moment>,
    },
}

impl<'a> Tx<'a> {
    pub(crate) fn begin(cx: &'a Cx, kind: TxKind) -> Self {
        let (real, what) = match kind {
            TxKind::Database => (Transaction::begin(), "begins a transaction"),
            TxKind::Scope => (Transaction::begin_scope(), "begins a scope"),
        };
        let real = Some(real);
        let mut trace = cx.trace();
        trace.say(cx.actor, || what.to_owned());
        trace.enter_transaction(cx.actor, kind);
        let since = trace.moment();
        drop(trace);
        Self { real, level: Level { cx, since, state: State::Open } }
    }

    /// Runs `work` inside.
    pub(crate) async fn inside(&self, how: How, work: impl Future<Output = ()>) {
        let Some(real) = &self.real else { return };
        match how {
            How::Sync => real.enter(|| self.level.cx.now(work)),
            How::Async => real.run(work).await,
        }
    }

    pub(crate) async fn commit(mut self) {
        self.level.decide(true, "commits").await;
        self.level.report();
        self.real.take().map(Transaction::commit);
    }

    pub(crate) async fn roll_back(mut self) {
        self.level.decide(false, "rolls back").await;
        self.level.forget();
        self.level.report();
        if let Some(real) = self.real.take() {
            real.rollback();
        }
    }

    /// Ends without telling gcache how.
    pub(crate) async fn give_up(mut self, committed: bool) {
        let how = if committed { "commits, untold" } else { "rolls back, untold" };
        self.level.decide(committed, how).await;
        self.level.report();
        drop(self.real.take());
    }
}

impl Level<'_> {
    /// The database commits or rolls back.
    async fn decide(&mut self, commit: bool, how: &str) {
        self.cx.gate().await;
        self.end(commit, how);
        self.cx.gate().await;
    }

    fn end(&mut self, commit: bool, how: &str) {
        let actor = self.cx.actor;
        let mut trace = self.cx.trace();
        trace.say(actor, || how.to_owned());
        let ended = trace.actors[actor].connection.end(commit);
        let mut written = trace.world.commit(&ended.writes);
        written.extend(ended.inside.written);
        let committed = ended.inside.held;
        let held = ended.held.and(committed);
        self.state = State::Decided { held, committed, written, began: None };
    }

    /// Nothing is invalidated but what was committed inside.
    fn forget(&mut self) {
        if let State::Decided { held, committed, .. } = &mut self.state {
            *held = *committed;
        }
    }

    /// Notes that the invalidations begin now.
    fn report(&mut self) {
        if let State::Decided { held, began, .. } = &mut self.state {
            *began = Some(self.cx.trace().invalidation_begins(self.cx.actor, *held));
        }
    }
}

impl Drop for Level<'_> {
    fn drop(&mut self) {
        if matches!(self.state, State::Open) {
            self.end(false, "drops the transaction");
        }
        let State::Decided { held, written, began, .. } = &self.state else { return };
        let actor = self.cx.actor;
        let mut trace = self.cx.trace();
        let began =
            began.unwrap_or_else(|| trace.invalidation_went_unnoticed(actor, *held, self.since));
        let connection = &mut trace.actors[actor].connection;
        if connection.is_in_transaction() {
            connection.hand_over(*held, written);
            return;
        }
        trace.invalidation_returned(*held, began);
        written.iter().for_each(|written| trace.settle(written.groups, written.stamp));
        trace.world.unlock(actor);
    }
}
