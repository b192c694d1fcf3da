//! A write outside of a transaction.

use crate::answer;
use gcache::{Groups, Transaction as Deferred, finish};
use sqlx::{Database, Error, Pool};
use std::any::Any;

/// Runs `work`, a statement through the pool, and invalidates `groups` after it, whatever its outcome. It goes on as a tokio
/// task if nobody waits for it any more, since the database does as well.
///
/// `groups` are all that the statement may change. Where they are known only by its answer (`DELETE .. RETURNING id`), write in
/// a [`transaction`](crate::transaction()): given up midway, that is rolled back.
///
/// | `work` | `groups` |
/// | --- | --- |
/// | returns `Ok`, or an error of the database | are invalidated |
/// | returns an error that says that the connection was lost, or one of another type than [`sqlx::Error`] | are invalidated, and [in doubt](gcache::set_doubt): the database may be about to write |
/// | panics | are invalidated, and in doubt |
/// | is dropped in the middle | are invalidated when it is done; outside of a tokio runtime: are invalidated, and in doubt |
///
/// ```
/// use gcache::group;
/// use sqlx::SqlitePool;
///
/// group!(Follow(follower: i64, followed: i64), index(follower));
///
/// async fn follow(db: &SqlitePool, follower: i64, followed: i64) -> Result<(), sqlx::Error> {
///     gcache_sqlx::write(db, Follow::row(follower, followed), async move |db| {
///         let insert = "INSERT INTO follow VALUES (?, ?)";
///         sqlx::query(insert).bind(follower).bind(followed).execute(&db).await
///     })
///     .await?;
///     Ok(())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), sqlx::Error> {
/// let db = SqlitePool::connect("sqlite::memory:").await?;
/// # sqlx::raw_sql("CREATE TABLE follow (follower INTEGER, followed INTEGER)").execute(&db).await?;
/// follow(&db, 1, 2).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// What `work` returns.
pub async fn write<DB, F, T, E>(
    db: &Pool<DB>,
    groups: impl Groups,
    work: impl FnOnce(Pool<DB>) -> F,
) -> Result<T, E>
where
    DB: Database,
    F: Future<Output = Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    // What the statement changes is seen at once, whatever transaction of gcache is entered here.
    let deferred = Deferred::outside(Deferred::begin);
    deferred.invalidate(&groups);
    drop(groups);
    let work = work(db.clone());
    finish(async move {
        let result = deferred.run(work).await;
        match &result {
            Err(error) if is_unanswered(error) => deferred.doubt(),
            _ => deferred.commit(),
        };
        result
    })
    .await
}

/// Of an error of another type it is not known, so it is taken for none.
fn is_unanswered(error: &dyn Any) -> bool {
    error.downcast_ref::<Error>().is_none_or(answer::is_missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn only_an_error_that_may_come_without_an_answer_is_one() {
        assert!(!is_unanswered(&Error::RowNotFound));
        assert!(is_unanswered(&Error::WorkerCrashed));
        assert!(is_unanswered(&Error::from(io::Error::from(io::ErrorKind::ConnectionReset))));
        assert!(is_unanswered(&"whatever the program calls its errors"));
    }
}
