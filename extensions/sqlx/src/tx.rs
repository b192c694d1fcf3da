//! A database transaction, and the invalidations that wait for its commit.

use crate::answer;
use gcache::{Groups, Invalidated, Transaction as Deferred, finish};
use sqlx::{Connection as _, Database, Error, Transaction};
use std::fmt;
use std::future::poll_fn;
use std::ops::{Deref, DerefMut};

/// A database transaction that defers what is invalidated by it until the commit, for code that commits by hand. Made by
/// [`begin`](crate::begin()).
///
/// It is the connection of its database (`DerefMut`): statements are executed on `&mut *tx`.
///
/// Dropped before [`commit`](Self::commit), the database rolls back, and what was deferred is invalidated: too much rather
/// than too little.
#[must_use = "dropped, a transaction is rolled back"]
pub struct Tx<DB: Database> {
    begun: Transaction<'static, DB>,
    deferred: Deferred,
}

impl<DB: Database> Tx<DB> {
    pub(crate) fn new(begun: Transaction<'static, DB>) -> Self {
        // It commits by itself, whatever transaction of gcache is entered here.
        Self { begun, deferred: Deferred::outside(Deferred::begin) }
    }

    /// Invalidates `groups` when the transaction commits. Outside of [`run`](Self::run), only this one waits: `invalidate!(..)`
    /// and `row.invalidate()` invalidate at once, before the commit.
    pub fn invalidate(&self, groups: &(impl Groups + ?Sized)) -> Invalidated {
        self.deferred.invalidate(groups)
    }

    /// Runs `work` inside of the transaction: its invalidations wait for the commit, and cached calls in it see what is written
    /// and store nothing.
    pub async fn run<R>(&mut self, work: impl AsyncFnOnce(&mut DB::Connection) -> R) -> R {
        enter(&self.deferred, work(&mut self.begun)).await
    }

    /// Commits, and then invalidates what was deferred.
    ///
    /// | the commit | what was deferred |
    /// | --- | --- |
    /// | is answered, by success or by an error | is invalidated |
    /// | is not answered, since the connection is lost | is invalidated, and [in doubt](gcache::set_doubt) |
    /// | is dropped in the middle | is invalidated when the commit is done, which goes on as a tokio task |
    /// | is dropped in the middle, outside of a tokio runtime | is invalidated, and in doubt |
    ///
    /// # Errors
    ///
    /// The database's: if the connection was lost, it may have committed all the same. Or `sqlx::Error::Protocol`, if the
    /// transaction is over already: sqlx ends it when a savepoint in it cannot begin.
    pub async fn commit(self) -> Result<(), Error> {
        self.is_open()?;
        let undecided = Undecided(Some(self.deferred));
        finish(async move { undecided.after(self.begun.commit().await) }).await
    }

    /// Rolls back, and forgets what was deferred. With MySQL and MariaDB it is invalidated, since they need not take all back:
    /// not what was written to a table without transactions, nor what came before a statement that commits by itself, such
    /// as `CREATE TABLE`, nor what follows a deadlock. So it is through `sqlx::Any`.
    ///
    /// # Errors
    ///
    /// The database's, or as of [`commit`](Self::commit). What was deferred is invalidated then.
    pub async fn rollback(self) -> Result<(), Error> {
        self.is_open()?;
        roll_back(self.begun, self.deferred).await
    }

    /// Whether the database is still in the transaction. sqlx ends it when a savepoint in it cannot begin, and then commits
    /// each statement by itself.
    fn is_open(&self) -> Result<(), Error> {
        if self.begun.is_in_transaction() {
            return Ok(());
        }
        let over = "the transaction was over before its end, since a savepoint in it could not begin; what was written after \
                    that is committed";
        Err(Error::Protocol(over.to_owned()))
    }
}

/// Takes back what the database can, and forgets what was deferred if that is all. Else `deferred` is dropped undecided.
pub(crate) async fn roll_back<DB: Database>(
    begun: Transaction<'_, DB>,
    deferred: Deferred,
) -> Result<(), Error> {
    // One that is over already takes nothing back.
    let takes_all_back = begun.is_in_transaction() && matches!(DB::NAME, "PostgreSQL" | "SQLite");
    begun.rollback().await?;
    if takes_all_back {
        deferred.rollback();
    }
    Ok(())
}

/// Polls `work` inside of `deferred`. Dropped in the middle it leaves no doubt: `COMMIT` was not sent, so the database rolls
/// back.
pub(crate) async fn enter<R>(deferred: &Deferred, work: impl Future<Output = R>) -> R {
    // Boxed, since futures with statements in them are large.
    let mut work = Box::pin(work);
    poll_fn(|task| deferred.enter(|| work.as_mut().poll(task))).await
}

impl<DB: Database> Deref for Tx<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        &self.begun
    }
}

impl<DB: Database> DerefMut for Tx<DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        &mut self.begun
    }
}

impl<DB: Database> fmt::Debug for Tx<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx").field("deferred", &self.deferred).finish_non_exhaustive()
    }
}

/// The invalidations that wait for a commit under way. Dropped before the database has answered, they are in doubt.
struct Undecided(Option<Deferred>);

impl Undecided {
    /// The database has answered, or the connection was lost before it has.
    fn after(mut self, answer: Result<(), Error>) -> Result<(), Error> {
        if !answer.as_ref().is_err_and(answer::is_missing) {
            self.0.take().map(Deferred::commit);
        }
        answer
    }
}

impl Drop for Undecided {
    fn drop(&mut self) {
        if let Some(deferred) = self.0.take() {
            deferred.doubt();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gcache::group;
    use std::io;

    group!(Answered(id: u8));
    group!(Lost(id: u8));

    fn doubts(group: &str) -> u64 {
        let groups = gcache::stats().groups;
        groups.iter().find(|it| it.name.ends_with(group)).map_or(0, |group| group.doubts)
    }

    #[test]
    fn a_commit_without_an_answer_leaves_a_doubt() {
        let after = |groups: &dyn Groups, answer| {
            let deferred = Deferred::begin();
            deferred.invalidate(groups);
            Undecided(Some(deferred)).after(answer)
        };
        assert!(after(&Answered::key(1), Ok(())).is_ok());
        assert!(after(&Answered::key(1), Err(Error::RowNotFound)).is_err());
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        assert!(after(&Lost::key(1), Err(reset.into())).is_err());
        assert_eq!((doubts("Answered"), doubts("Lost")), (0, 1));
    }
}
