//! What holds for every database. Each test has a row of its own.

use crate::{Db, World};
use gcache::{cache_against, finish, group, invalidate};
use gcache_sqlx::{
    UnknownTransaction, begin, begin_with, savepoint, transaction, transaction_with, write,
};
use sqlx::{AssertSqlSafe, Connection as _, Database, Error, Executor, Pool};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};
use tokio::sync::oneshot;

group!(Film(id: i64));

pub(crate) type Tested = Result<(), Error>;
type Connection = <Db as Database>::Connection;

/// The votes of a film, asked once until they change.
#[cache_against(Film(id), skip(db))]
async fn votes(db: &Pool<Db>, id: i64) -> Result<i64, Error> {
    stored(db, id).await
}

/// The same on a connection, inside of a transaction.
#[cache_against(Film(id), skip(db))]
async fn votes_inside(db: &mut Connection, id: i64) -> Result<i64, Error> {
    stored(db, id).await
}

/// What the database has.
async fn stored<'c>(db: impl Executor<'c, Database = Db>, id: i64) -> Result<i64, Error> {
    sqlx::query_scalar(AssertSqlSafe(format!("SELECT votes FROM film WHERE id = {id}")))
        .fetch_one(db)
        .await
}

/// Sets the votes and says nothing to gcache.
pub(crate) async fn set<'c>(db: impl Executor<'c, Database = Db>, id: i64, votes: i64) -> Tested {
    let update = format!("UPDATE film SET votes = {votes} WHERE id = {id}");
    sqlx::query(AssertSqlSafe(update)).execute(db).await.map(drop)
}

/// Polls once: the statement is sent, and nobody has answered.
fn send(future: Pin<&mut (impl Future<Output = Tested> + ?Sized)>) {
    assert!(
        future.poll(&mut Context::from_waker(Waker::noop())).is_pending(),
        "it waits for the database"
    );
}

/// Says that the work has come here, and never ends.
async fn stay(arrive: oneshot::Sender<()>) -> Tested {
    arrive.send(()).expect("it is waited for");
    std::future::pending().await
}

/// Drops the work when it has come to where it stays.
async fn leave(work: impl Future<Output = Tested>, arrived: oneshot::Receiver<()>) {
    tokio::select! {
        ended = work => panic!("it stays: {ended:?}"),
        arrived = arrived => arrived.expect("it says so"),
    }
}

/// A film whose votes are cached as 0.
async fn film(world: &World) -> Result<i64, Error> {
    let id = world.film().await?;
    assert_eq!(votes(&world.pool, id).await?, 0);
    Ok(id)
}

#[tokio::test]
async fn a_commit_invalidates_and_not_before() -> Tested {
    let world = World::new().await;
    let id = film(&world).await?;
    transaction(&world.pool, async |tx| {
        set(&mut *tx, id, 1).await?;
        assert!(invalidate!(Film(id)).is_deferred());
        assert_eq!(votes_inside(&mut *tx, id).await?, 1, "inside its own write is seen");
        let outside = world.clone();
        let seen = tokio::spawn(async move { votes(&outside.pool, id).await }).await;
        assert_eq!(seen.expect("it does not panic")?, 0, "outside nothing is");
        Ok::<_, Error>(())
    })
    .await?;
    assert_eq!(votes(&world.pool, id).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_rollback_forgets() -> Tested {
    let world = World::new().await;
    let id = film(&world).await?;
    let refused = transaction(&world.pool, async |tx| {
        set(&mut *tx, id, 1).await?;
        invalidate!(Film(id));
        assert_eq!(votes_inside(&mut *tx, id).await?, 1);
        Err::<(), _>(Error::RowNotFound)
    })
    .await;
    assert!(matches!(refused, Err(Error::RowNotFound)));
    assert_eq!(stored(&world.pool, id).await?, 0);
    // A change that nobody reports is not seen.
    set(&world.pool, id, 5).await?;
    let seen = if crate::TAKES_ALL_BACK { 0 } else { 5 };
    assert_eq!(votes(&world.pool, id).await?, seen, "what was invalidated is forgotten");
    assert_eq!(
        votes_inside(&mut *world.pool.acquire().await?, id).await?,
        5,
        "and nothing uncommitted was stored"
    );
    Ok(())
}

#[tokio::test]
async fn a_savepoint_that_is_taken_back_forgets_its_own() -> Tested {
    let world = World::new().await;
    let (kept, taken) = (film(&world).await?, film(&world).await?);
    transaction(&world.pool, async |tx| {
        savepoint(tx, async |tx: &mut Connection| {
            set(&mut *tx, kept, 1).await?;
            assert!(invalidate!(Film(kept)).is_deferred());
            Ok::<_, Error>(())
        })
        .await?;
        let refused = savepoint(tx, async |tx| {
            set(&mut *tx, taken, 1).await?;
            invalidate!(Film(taken));
            Err::<(), _>(Error::RowNotFound)
        })
        .await;
        assert!(refused.is_err());
        assert_eq!(votes(&world.pool, kept).await?, 0, "only the outermost commit is one");
        Ok::<_, Error>(())
    })
    .await?;
    assert_eq!(votes(&world.pool, kept).await?, 1);
    set(&world.pool, taken, 5).await?;
    let seen = if crate::TAKES_ALL_BACK { 0 } else { 5 };
    assert_eq!(votes(&world.pool, taken).await?, seen, "what was invalidated is forgotten");
    Ok(())
}

#[tokio::test]
async fn a_savepoint_of_a_transaction_by_hand_waits_for_the_commit() -> Tested {
    let world = World::new().await;
    let id = film(&world).await?;
    let mut tx = begin(&world.pool).await?;
    tx.run(async |tx| {
        savepoint(tx, async |tx| {
            set(&mut *tx, id, 1).await?;
            assert!(invalidate!(Film(id)).is_deferred());
            Ok::<_, Error>(())
        })
        .await
    })
    .await?;
    assert_eq!(votes(&world.pool, id).await?, 0);
    tx.commit().await?;
    assert_eq!(votes(&world.pool, id).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_savepoint_that_is_dropped_is_rolled_back() -> Tested {
    let world = World::new().await;
    let (kept, taken) = (film(&world).await?, film(&world).await?);
    transaction(&world.pool, async |tx| {
        let (arrive, arrived) = oneshot::channel();
        let work = savepoint(tx, async |tx| {
            set(&mut *tx, taken, 1).await?;
            invalidate!(Film(taken));
            stay(arrive).await
        });
        leave(work, arrived).await;
        set(&mut *tx, kept, 1).await?;
        invalidate!(Film(kept));
        Ok::<_, Error>(())
    })
    .await?;
    assert_eq!((votes(&world.pool, kept).await?, votes(&world.pool, taken).await?), (1, 0));
    Ok(())
}

#[tokio::test]
async fn a_transaction_of_gcache_around_it_is_left() -> Tested {
    let world = World::new().await;
    let (first, second) = (film(&world).await?, film(&world).await?);
    let request = gcache::Transaction::begin();
    request
        .run(async {
            transaction(&world.pool, async |tx| {
                set(&mut *tx, first, 1).await?;
                invalidate!(Film(first));
                Ok::<_, Error>(())
            })
            .await?;
            write(&world.pool, Film::key(second), async move |db| set(&db, second, 1).await).await
        })
        .await?;
    request.rollback();
    assert_eq!(votes(&world.pool, first).await?, 1);
    assert_eq!(votes(&world.pool, second).await?, 1);
    Ok(())
}

#[tokio::test]
async fn work_that_is_dropped_is_rolled_back() -> Tested {
    let world = World::new().await;
    let id = film(&world).await?;
    let (arrive, arrived) = oneshot::channel();
    let work = transaction(&world.pool, async |tx| {
        set(&mut *tx, id, 1).await?;
        invalidate!(Film(id));
        stay(arrive).await
    });
    leave(work, arrived).await;
    assert_eq!(votes(&world.pool, id).await?, 0);
    assert_eq!(stored(&world.pool, id).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_commit_that_is_dropped_goes_on() -> Tested {
    let world = World::new().await;
    let id = film(&world).await?;
    let mut tx = begin(&world.pool).await?;
    set(&mut *tx, id, 1).await?;
    tx.invalidate(&Film::key(id));
    let blocked = world.block_commits(id).await?;
    let mut commit = Box::pin(tx.commit());
    send(commit.as_mut());
    drop(commit);
    assert_eq!(votes(&world.pool, id).await?, 0, "the database has not committed yet");
    blocked.release().await?;
    finish::idle().await;
    assert_eq!(votes(&world.pool, id).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_write_that_is_dropped_goes_on() -> Tested {
    let world = World::new().await;
    let id = film(&world).await?;
    let blocked = world.block_writes(id).await?;
    let mut written =
        Box::pin(write(&world.pool, Film::key(id), async move |db| set(&db, id, 1).await));
    send(written.as_mut());
    drop(written);
    assert_eq!(votes(&world.pool, id).await?, 0, "it is not written yet");
    blocked.release().await?;
    finish::idle().await;
    assert_eq!(votes(&world.pool, id).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_write_that_fails_invalidates() -> Tested {
    let world = World::new().await;
    let id = film(&world).await?;
    let refused = write(&world.pool, Film::key(id), async move |db| {
        set(&db, id, 1).await?;
        sqlx::query("UPDATE no_such_table SET votes = 2").execute(&db).await.map(drop)
    })
    .await;
    assert!(matches!(refused, Err(Error::Database(_))));
    assert_eq!(votes(&world.pool, id).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_write_of_which_the_answer_is_lost_leaves_a_doubt() -> Tested {
    group!(Answered(id: i64));
    group!(Lost(id: i64));
    let doubts = |group: &str| {
        let groups = gcache::stats().groups;
        groups.iter().find(|it| it.name.ends_with(group)).map_or(0, |group| group.doubts)
    };
    let world = World::new().await;
    let answered = write(&world.pool, Answered::key(1), async |_| Err::<(), _>(Error::RowNotFound));
    assert!(answered.await.is_err());
    let lost = write(&world.pool, Lost::key(1), async |_| Err::<(), _>(Error::WorkerCrashed));
    assert!(lost.await.is_err());
    assert_eq!((doubts("Answered"), doubts("Lost")), (0, 1));
    Ok(())
}

#[tokio::test]
async fn another_statement_can_begin() -> Tested {
    let world = World::new().await;
    let id = film(&world).await?;
    transaction_with(&world.pool, crate::BEGIN, async |tx| {
        set(&mut *tx, id, 1).await?;
        invalidate!(Film(id));
        Ok::<_, Error>(())
    })
    .await?;
    assert_eq!(votes(&world.pool, id).await?, 1);
    begin_with(&world.pool, crate::BEGIN).await?.rollback().await
}

#[tokio::test]
async fn a_handler_can_be_sent() -> Tested {
    async fn handler(world: World, id: i64) -> Tested {
        transaction(&world.pool, async |tx| {
            set(&mut *tx, id, 1).await?;
            savepoint(tx, async |tx| set(tx, id, 2).await).await?;
            invalidate!(Film(id));
            Ok::<_, Error>(())
        })
        .await?;
        write(&world.pool, Film::key(id), async move |db| set(&db, id, 3).await).await
    }
    let world = World::new().await;
    let id = film(&world).await?;
    tokio::spawn(handler(world.clone(), id)).await.expect("it does not panic")?;
    assert_eq!(votes(&world.pool, id).await?, 3);
    Ok(())
}

#[tokio::test]
async fn in_a_transaction_that_gcache_does_not_know_there_is_no_savepoint() -> Tested {
    let world = World::new().await;
    let mut connection = world.pool.acquire().await?;
    let is_refused = |result: Tested| match result {
        Err(Error::Configuration(error)) => assert!(error.is::<UnknownTransaction>(), "{error}"),
        other => panic!("{other:?}"),
    };
    is_refused(savepoint(&mut *connection, async |_| Ok(())).await);
    let mut unknown = connection.begin().await?;
    is_refused(savepoint(&mut *unknown, async |_| Ok(())).await);
    unknown.rollback().await?;
    // On another connection than the one of the transaction.
    transaction(&world.pool, async |_| {
        is_refused(savepoint(&mut *connection, async |_| Ok(())).await);
        Ok(())
    })
    .await
}

/// sqlx ends a transaction when another in it cannot begin.
#[tokio::test]
async fn a_transaction_that_is_over_before_its_end_invalidates() -> Tested {
    let world = World::new().await;
    for is_failing in [true, false] {
        let id = film(&world).await?;
        let result = transaction(&world.pool, async |tx| {
            assert!(matches!(
                tx.begin_with(crate::BEGIN).await,
                Err(Error::InvalidSavePointStatement)
            ));
            set(&mut *tx, id, 1).await?;
            invalidate!(Film(id));
            if is_failing { Err(Error::RowNotFound) } else { Ok(()) }
        })
        .await;
        match result {
            Err(Error::RowNotFound) => assert!(is_failing),
            Err(Error::Protocol(_)) => assert!(!is_failing),
            other => panic!("{other:?}"),
        }
        assert_eq!(stored(&world.pool, id).await?, 1, "it was committed by itself");
        assert_eq!(votes(&world.pool, id).await?, 1);
    }
    Ok(())
}

#[tokio::test]
async fn a_savepoint_whose_transaction_is_over_forgets_nothing() -> Tested {
    let world = World::new().await;
    let id = film(&world).await?;
    let result = transaction(&world.pool, async |tx| {
        savepoint(tx, async |tx| {
            // One level each.
            for _ in 0..2 {
                assert!(tx.begin_with(crate::BEGIN).await.is_err());
            }
            set(&mut *tx, id, 1).await?;
            invalidate!(Film(id));
            Err(Error::RowNotFound)
        })
        .await
    })
    .await;
    assert!(matches!(result, Err::<(), _>(Error::RowNotFound)));
    assert_eq!(stored(&world.pool, id).await?, 1, "it was committed by itself");
    assert_eq!(votes(&world.pool, id).await?, 1);
    Ok(())
}
