//! A savepoint: a transaction inside of another.

use crate::tx::{enter, roll_back};
use gcache::Transaction as Deferred;
use sqlx::{Connection, Database, Error};
use std::fmt;

/// Runs `work` in a savepoint of the transaction that `connection` is in.
///
/// If it returns `Ok`, its invalidations wait for the commit of the transaction around it. If it returns `Err`, what it wrote is
/// rolled back, and they are forgotten, or wait where [that may not be all](crate::Tx::rollback). Dropped in the middle, it is
/// rolled back, and they wait.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), sqlx::Error> {
/// # use gcache::invalidate_tag;
/// # let db = sqlx::SqlitePool::connect("sqlite::memory:").await?;
/// gcache_sqlx::transaction(&db, async |tx| {
///     let tried = gcache_sqlx::savepoint(tx, async |_| {
///         invalidate_tag("accounts"); // forgotten
///         Err::<(), _>(sqlx::Error::RowNotFound)
///     })
///     .await;
///     assert!(tried.is_err()); // the transaction goes on
///     Ok::<_, sqlx::Error>(())
/// })
/// .await
/// # }
/// ```
///
/// # Errors
///
/// The error of `work`; the database's, at `SAVEPOINT` or `RELEASE`; or `sqlx::Error::Configuration` with [`UnknownTransaction`].
pub async fn savepoint<C, T, E>(
    connection: &mut C,
    work: impl AsyncFnOnce(&mut C) -> Result<T, E>,
) -> Result<T, E>
where
    C: Connection<Database: Database<Connection = C>>,
    E: From<Error>,
{
    if !(connection.is_in_transaction() && Deferred::is_entered()) {
        return Err(Error::Configuration(Box::new(UnknownTransaction)).into());
    }
    let mut begun = connection.begin().await?;
    let deferred = Deferred::begin();
    match enter(&deferred, work(&mut begun)).await {
        Ok(value) => {
            // If this fails, `deferred` is handed to the transaction around it.
            begun.commit().await?;
            deferred.commit();
            Ok(value)
        }
        Err(error) => {
            // What `work` reports is the cause of whatever the rollback has to report.
            let _ = roll_back(begun, deferred).await;
            Err(error)
        }
    }
}

/// Why there is no savepoint: the connection is in no transaction that gcache knows of, so what is invalidated could not wait
/// for its commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownTransaction;

impl fmt::Display for UnknownTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the connection is in no transaction that gcache knows of: call `gcache_sqlx::savepoint` inside of \
             `gcache_sqlx::transaction`, or of `Tx::run`, on the connection that it passes",
        )
    }
}

impl std::error::Error for UnknownTransaction {}
