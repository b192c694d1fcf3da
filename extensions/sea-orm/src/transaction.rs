//! Database transactions whose invalidations wait for the commit.

use crate::connection::CommitVisibility;
use crate::outbox::Row;
use crate::uncertain_write::is_unanswered;
use gcache::{Transaction, finish};
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, TransactionError, TransactionOptions, TransactionSession,
    TransactionTrait,
};
use std::future::poll_fn;
use std::pin::pin;

/// Runs `work` in a database transaction, and defers its invalidations until the commit.
///
/// If `work` returns `Ok`, the database commits and then the invalidations happen. If it returns `Err`, the database rolls
/// back and they are dropped. Where the outcome is not known, by a commit or a rollback that fails, a panic or a dropped
/// future, they happen: it may have been a commit. So they do after a rollback of MySQL, which need not take all back.
///
/// In another transaction it makes a savepoint: its invalidations happen with those of the outermost one, and are dropped
/// if it rolls back. So functions that need a transaction take
/// `&impl TransactionTrait` and are called from anywhere.
///
/// Cached calls inside of it see its writes, and store nothing; calls outside see none of them before the commit.
///
/// ```
/// # use sea_orm::{ConnectionTrait, Database, DbErr};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let db = Database::connect("sqlite::memory:").await?;
/// gcache_sea_orm::transaction(&db, async |txn| {
///     txn.execute_unprepared("CREATE TABLE account (id INTEGER PRIMARY KEY, cents INTEGER)").await?;
///     assert!(gcache::invalidate_tag("accounts").is_deferred());
///     Ok::<(), DbErr>(())
/// })
/// .await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// - `TransactionError::Transaction`: the error of `work`;
/// - `TransactionError::Connection`: the database's error at `BEGIN`, `COMMIT` or `ROLLBACK`, or of the row in the outbox,
///   where there is one; or
///   [`Error::UnknownTransaction`](crate::Error::UnknownTransaction) if `db` is a transaction that was begun without
///   gcache, so that no invalidation can wait for its commit.
pub async fn transaction<C, T, E>(
    db: &C,
    work: impl AsyncFnOnce(&C::Transaction) -> Result<T, E>,
) -> Result<T, TransactionError<E>>
where
    C: TransactionTrait<Transaction: 'static>,
{
    transaction_with_options(db, TransactionOptions::default(), work).await
}

/// [`transaction`], with an isolation level, an access mode, or SQLite's kind of `BEGIN`.
///
/// # Errors
///
/// As [`transaction`].
pub async fn transaction_with_options<C, T, E>(
    db: &C,
    options: TransactionOptions,
    work: impl AsyncFnOnce(&C::Transaction) -> Result<T, E>,
) -> Result<T, TransactionError<E>>
where
    C: TransactionTrait<Transaction: 'static>,
{
    let visibility =
        CommitVisibility::of::<C>().map_err(|error| TransactionError::Connection(error.into()))?;
    let begun = db.begin_with_options(options).await.map_err(TransactionError::Connection)?;
    let deferred = visibility.begin();
    // Boxed, since futures with statements in them are large.
    match inside(&deferred, Box::pin(work(&begun))).await {
        Ok(value) => {
            let row = match visibility {
                CommitVisibility::AtOnce => Row::write(&begun, &deferred).await,
                CommitVisibility::AtCommit => Ok(Row::none()),
            };
            let committed = match row {
                Ok(row) => commit(begun, deferred, visibility, row).await,
                Err(error) => {
                    roll_back(begun, deferred).await.map_err(TransactionError::Connection)?;
                    Err(error)
                }
            };
            committed.map(|()| value).map_err(TransactionError::Connection)
        }
        Err(error) => {
            roll_back(begun, deferred).await.map_err(TransactionError::Connection)?;
            Err(TransactionError::Transaction(error))
        }
    }
}

/// Polls `work` inside of `deferred`. Dropped in the middle it leaves no doubt, other than
/// [`Transaction::run`]: `COMMIT` was not sent, so the database rolls back.
async fn inside<R>(deferred: &Transaction, work: impl Future<Output = R>) -> R {
    let mut work = pin!(work);
    poll_fn(|task| deferred.enter(|| work.as_mut().poll(task))).await
}

/// Takes back what the database can, and forgets what was deferred if that is all. Else `deferred` is dropped undecided.
async fn roll_back<T>(begun: T, deferred: Transaction) -> Result<(), DbErr>
where
    T: TransactionSession + ConnectionTrait,
{
    let takes_all_back = takes_all_back(&begun).await;
    begun.rollback().await?;
    if takes_all_back {
        deferred.rollback();
    }
    Ok(())
}

/// Whether a rollback takes back all that was written since this transaction has begun.
async fn takes_all_back(begun: &impl ConnectionTrait) -> bool {
    match begun.get_database_backend() {
        // Not of tables without transactions, nor what was before a statement that commits by itself; and after a deadlock
        // it has ended the transaction, and commits each statement.
        DbBackend::MySql => false,
        // sqlx ends a transaction in which a savepoint cannot begin, and the database commits each statement from then on.
        // Then it has no place for another savepoint, and says so by this code.
        DbBackend::Postgres => {
            let asked = begun.execute_unprepared("SAVEPOINT gcache_rollback").await;
            asked.err().is_none_or(|error| !format!("{error:?}").contains("25P01"))
        }
        _ => true,
    }
}

/// Commits the database first, and the invalidations after it.
async fn commit<T>(
    begun: T,
    deferred: Transaction,
    visibility: CommitVisibility,
    row: Row,
) -> Result<(), DbErr>
where
    T: TransactionSession + Send + 'static,
{
    match visibility {
        // The database goes on after the caller is gone, and no invalidation may come before it is done.
        CommitVisibility::AtOnce => {
            let undecided = Undecided(Some(deferred));
            finish(async move { undecided.after(begun.commit().await, row) }).await
        }
        // The transaction around a savepoint decides what becomes of it.
        CommitVisibility::AtCommit => {
            begun.commit().await?;
            deferred.commit();
            Ok(())
        }
    }
}

/// The invalidations that wait for a commit under way. Dropped before the database has answered, where there is no runtime for
/// the commit to go on in, it is in doubt.
struct Undecided(Option<Transaction>);

impl Undecided {
    /// The database has answered, or the connection was lost before it has.
    fn after(mut self, answer: Result<(), DbErr>, row: Row) -> Result<(), DbErr> {
        let is_answered = answer.as_ref().err().is_none_or(|error| !is_unanswered(error));
        if let Some(deferred) = self.0.take_if(|_| is_answered) {
            // Otherwise the row stays, if there is one: the database may commit after the others were told.
            row.settle(deferred.commit());
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
    use gcache::{Cached, invalidate_tag, tag};
    use sea_orm::prelude::async_trait::async_trait;
    use std::pin::Pin;
    use std::task::{Context, Waker};
    use tokio::sync::oneshot;

    /// A transaction whose commit takes until it is let go on.
    struct Slow(oneshot::Receiver<()>);

    #[async_trait]
    impl TransactionSession for Slow {
        async fn commit(self) -> Result<(), DbErr> {
            self.0.await.map_err(|_| DbErr::Custom("the connection is gone".to_owned()))
        }

        async fn rollback(self) -> Result<(), DbErr> {
            Ok(())
        }
    }

    /// A commit under way that defers the invalidation of the tag `name`, on which a value depends.
    fn begin(name: &'static str) -> (oneshot::Sender<()>, Transaction, Slow, Cached<(), u8>) {
        let cached = Cached::new(name);
        cached.get_with(&(), || tag(name), || 1);
        let deferred = Transaction::begin();
        deferred.enter(|| invalidate_tag(name));
        let (leave, go) = oneshot::channel();
        (leave, deferred, Slow(go), cached)
    }

    fn is_cached(cached: &Cached<(), u8>, name: &'static str) -> bool {
        cached.get_with(&(), || tag(name), || 2).value == 1
    }

    fn poll_once(commit: &mut (impl Future<Output = Result<(), DbErr>> + Unpin)) {
        let polled = Pin::new(commit).poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending(), "it waits for the database");
    }

    #[tokio::test]
    async fn a_dropped_commit_goes_on_and_ends_after_the_database() {
        const NAME: &str = "a_dropped_commit_goes_on";
        let (leave, deferred, slow, cached) = begin(NAME);
        let mut dropped = Box::pin(commit(slow, deferred, CommitVisibility::AtOnce, Row::none()));
        poll_once(&mut dropped);
        drop(dropped);
        tokio::task::yield_now().await;
        assert!(is_cached(&cached, NAME), "the database may not have committed yet");
        leave.send(()).expect("the commit goes on");
        // The task of the commit is the only other one.
        tokio::task::yield_now().await;
        assert!(!is_cached(&cached, NAME));
    }

    #[tokio::test]
    async fn a_dropped_commit_that_fails_ends_all_the_same() {
        const NAME: &str = "a_dropped_commit_that_fails";
        let (leave, deferred, slow, cached) = begin(NAME);
        let mut dropped = Box::pin(commit(slow, deferred, CommitVisibility::AtOnce, Row::none()));
        poll_once(&mut dropped);
        drop(dropped);
        drop(leave);
        tokio::task::yield_now().await;
        assert!(!is_cached(&cached, NAME));
    }

    #[test]
    fn without_a_runtime_it_ends_when_it_is_dropped() {
        const NAME: &str = "without_a_runtime";
        let (_leave, deferred, slow, cached) = begin(NAME);
        let mut dropped = Box::pin(commit(slow, deferred, CommitVisibility::AtOnce, Row::none()));
        poll_once(&mut dropped);
        drop(dropped);
        assert!(!is_cached(&cached, NAME));
    }
}
