//! Work inside of a database transaction.

use crate::tx::Tx;
use sqlx::{Database, Error, Pool, SqlSafeStr};

/// Runs `work` in a database transaction, and defers its invalidations until the commit.
///
/// If `work` returns `Ok`, the database commits and then the invalidations happen. If it returns `Err`, the database rolls
/// back and they are forgotten, unless [that may not be all](Tx::rollback). Where the outcome is not known, by a commit or a rollback that fails, a panic or a dropped
/// future, they happen. A commit goes on if nobody waits for it any more, and they happen after it.
///
/// Cached calls inside of it see its writes and store nothing. Calls outside see none of them before the commit. A transaction
/// of gcache around it, such as a web request's, is left: the database commits by itself. [`savepoint`](crate::savepoint()) makes
/// a savepoint.
///
/// ```
/// use gcache::{cache_against, group, invalidate};
/// use sqlx::SqlitePool;
///
/// group!(Account(id: i64));
///
/// async fn transfer(db: &SqlitePool, from: i64, to: i64, cents: i64) -> Result<(), sqlx::Error> {
///     gcache_sqlx::transaction(db, async |tx| {
///         let update = "UPDATE account SET cents = cents + ? WHERE id = ?";
///         sqlx::query(update).bind(-cents).bind(from).execute(&mut *tx).await?;
///         sqlx::query(update).bind(cents).bind(to).execute(&mut *tx).await?;
///         invalidate!(Account(from), Account(to)); // after the commit
///         Ok(())
///     })
///     .await
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), sqlx::Error> {
/// let db = SqlitePool::connect("sqlite::memory:").await?;
/// # sqlx::raw_sql("CREATE TABLE account (id INTEGER PRIMARY KEY, cents INTEGER); INSERT INTO account VALUES (1, 100), (2, 0)").execute(&db).await?;
/// transfer(&db, 1, 2, 30).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// The error of `work`; or the database's, at `BEGIN` or `COMMIT`, as [`Tx::commit`] says.
pub async fn transaction<DB, T, E>(
    db: &Pool<DB>,
    work: impl AsyncFnOnce(&mut DB::Connection) -> Result<T, E>,
) -> Result<T, E>
where
    DB: Database,
    E: From<Error>,
{
    inside(begin(db).await?, work).await
}

/// [`transaction`], with another statement than `BEGIN`, such as `BEGIN IMMEDIATE` of SQLite or
/// `BEGIN ISOLATION LEVEL SERIALIZABLE` of PostgreSQL.
///
/// # Errors
///
/// As [`transaction`].
pub async fn transaction_with<DB, T, E>(
    db: &Pool<DB>,
    statement: impl SqlSafeStr,
    work: impl AsyncFnOnce(&mut DB::Connection) -> Result<T, E>,
) -> Result<T, E>
where
    DB: Database,
    E: From<Error>,
{
    inside(begin_with(db, statement).await?, work).await
}

async fn inside<DB, T, E>(
    mut tx: Tx<DB>,
    work: impl AsyncFnOnce(&mut DB::Connection) -> Result<T, E>,
) -> Result<T, E>
where
    DB: Database,
    E: From<Error>,
{
    match tx.run(work).await {
        Ok(value) => {
            tx.commit().await?;
            Ok(value)
        }
        Err(error) => {
            // What `work` reports is the cause of whatever the rollback has to report. If that fails, all is invalidated.
            let _ = tx.rollback().await;
            Err(error)
        }
    }
}

/// Begins a database transaction that defers what is invalidated by it, for code that commits by hand.
///
/// [`transaction`] is the better form: there, cached calls know that they are inside, as in [`Tx::run`]. Beside a `Tx` they do
/// not. A cached function that takes a connection would store what is not committed, so it says `bypass = db.is_in_transaction()`:
///
/// ```
/// use gcache::{cache_against, group};
/// use sqlx::{Connection as _, SqliteConnection};
///
/// group!(Account(id: i64));
///
/// #[cache_against(Account(id), skip(db), bypass = db.is_in_transaction())]
/// async fn cents(db: &mut SqliteConnection, id: i64) -> Result<i64, sqlx::Error> {
///     sqlx::query_scalar("SELECT cents FROM account WHERE id = ?").bind(id).fetch_one(db).await
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), sqlx::Error> {
/// let pool = sqlx::SqlitePool::connect("sqlite::memory:").await?;
/// # sqlx::raw_sql("CREATE TABLE account (id INTEGER PRIMARY KEY, cents INTEGER); INSERT INTO account VALUES (7, 100)").execute(&pool).await?;
/// let mut tx = gcache_sqlx::begin(&pool).await?;
/// sqlx::query("UPDATE account SET cents = 50 WHERE id = 7").execute(&mut *tx).await?;
/// assert_eq!(cents(&mut *tx, 7).await?, 50);
/// tx.invalidate(&Account::key(7));
/// tx.commit().await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// The database's.
pub async fn begin<DB: Database>(db: &Pool<DB>) -> Result<Tx<DB>, Error> {
    db.begin().await.map(Tx::new)
}

/// [`begin`], with another statement than `BEGIN`, such as `BEGIN IMMEDIATE` of SQLite or
/// `BEGIN ISOLATION LEVEL SERIALIZABLE` of PostgreSQL.
///
/// # Errors
///
/// As [`begin`].
pub async fn begin_with<DB: Database>(
    db: &Pool<DB>,
    statement: impl SqlSafeStr,
) -> Result<Tx<DB>, Error> {
    db.begin_with(statement).await.map(Tx::new)
}
