//! Writes whose future is dropped while the database is at work: it goes on, and whoever reads meanwhile reads
//! what was before.

use super::{Film, Tested, World, plain, vote};
use gcache_sea_orm::{CachedEntity as _, ExecAndInvalidate as _, member, transaction};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseConnection, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, Set, TransactionTrait as _,
};
use std::pin::Pin;
use std::time::{Duration, Instant};
use tokio::io::copy;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// After this a test that should not wait has failed. Not a delay: nothing waits so long that works.
const PATIENCE: Duration = Duration::from_secs(30);

type Write = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Each way to set the votes of film 2 that may be left in the middle, with whether it waits at its statement or
/// at its commit.
fn writes(db: &DatabaseConnection, votes: i64) -> Vec<(&'static str, &'static str, Write)> {
    macro_rules! write {
        ($name:literal at $at:literal, $db:ident => $write:expr) => {{
            let $db = db.clone();
            let write = async move { drop($write.await) };
            ($name, $at, Box::pin(write) as Write)
        }};
    }
    let many = move || {
        let votes = Film::update_many().col_expr(plain::Column::Votes, votes.into());
        votes.filter(plain::Column::Id.eq(2_i64))
    };
    vec![
        write!("update" at "statement", db => vote(votes).update(&db)),
        write!("update_without_returning" at "statement", db => vote(votes).update_without_returning(&db)),
        write!("save" at "statement", db => async {
            let film = Film::find_by_id(2).one(&db).await?.expect("it is there");
            let mut film = film.into_active_model();
            film.votes = Set(votes);
            film.save(&db).await
        }),
        write!("exec_and_invalidate" at "statement", db => many().exec_and_invalidate(&db)),
        write!("exec_with_returning_and_invalidate" at "statement", db => {
            many().exec_with_returning_and_invalidate(&db)
        }),
        write!("exec_and_invalidate_only" at "statement", db => {
            many().exec_and_invalidate_only(&db, member::<plain::Model>(2))
        }),
        write!("transaction" at "commit", db => transaction(&db, async |txn| vote(votes).update(txn).await)),
        write!("gcache::Transaction" at "commit", db => async {
            let held = gcache::Transaction::begin();
            let txn = db.begin().await?;
            held.run(vote(votes).update(&txn)).await?;
            held.commit_after(txn.commit()).await
        }),
    ]
}

/// Makes writes of films wait for who holds the lock 42: the statement, or the commit.
const WAITING: &str = "
    CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN new; END $$;
    CREATE TRIGGER statement BEFORE UPDATE ON film FOR EACH ROW EXECUTE FUNCTION wait();
    CREATE CONSTRAINT TRIGGER commit AFTER UPDATE ON film DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION wait()";

/// How many wait for the lock.
async fn waiting(db: &DatabaseConnection) -> Result<i64, DbErr> {
    let sql =
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 42 AND NOT granted";
    let statement = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, sql);
    db.query_one_raw(statement).await?.expect("a count is a row").try_get_by_index(0)
}

/// Asks until `is` what is asked.
async fn until(what: &str, is: impl AsyncFn() -> Result<bool, DbErr>) -> Result<(), DbErr> {
    let asked = timeout(PATIENCE, async {
        while !is().await? {
            sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    });
    asked.await.unwrap_or_else(|_| panic!("{what}: it does not come to that"))
}

pub(crate) async fn whoever_leaves_leaves_nothing_stale(world: &World) -> Tested {
    world.db.execute_unprepared(WAITING).await?;
    let stored = async || {
        Ok::<_, DbErr>(Film::find_by_id(2).one(&world.db).await?.expect("it is there").votes)
    };
    let cached =
        async || Ok::<_, DbErr>(Film::find_cached(&world.db, 2).await?.expect("it is there").votes);
    let control = world.pool(&[]).await?;
    for way in 0..writes(&world.db, 0).len() {
        let old = stored().await?;
        let (name, at, write) = writes(&world.db, old + 1).swap_remove(way);
        let other = if at == "commit" { "statement" } else { "commit" };
        let only = format!(
            "ALTER TABLE film ENABLE TRIGGER {at}; ALTER TABLE film DISABLE TRIGGER {other}"
        );
        world.db.execute_unprepared(&only).await?;
        assert_eq!(cached().await?, old, "{name}");
        let lock = control.begin().await?;
        lock.execute_unprepared("SELECT pg_advisory_xact_lock(42)").await?;
        let visitor = tokio::spawn(write);
        until(name, async || Ok(waiting(&world.db).await? > 0)).await?;
        // The visitor leaves: a server drops the handler.
        visitor.abort();
        visitor.await.expect_err("it was dropped");
        assert_eq!(cached().await?, old, "{name}: the database is not done");
        lock.rollback().await?;
        until(name, async || Ok(stored().await? == old + 1)).await?;
        let done = Instant::now();
        until(name, async || Ok(cached().await? == old + 1)).await?;
        let late = done.elapsed();
        assert!(late < Duration::from_secs(5), "{name}: stale for {late:?}");
    }
    // What was left with the lock in a transaction that never came to its commit is rolled back.
    let old = stored().await?;
    assert_eq!(cached().await?, old);
    let db = world.db.clone();
    let lock = control.begin().await?;
    lock.execute_unprepared("SELECT pg_advisory_xact_lock(42)").await?;
    world.db.execute_unprepared("ALTER TABLE film ENABLE TRIGGER statement").await?;
    let visitor = tokio::spawn(async move {
        transaction(&db, async |txn| vote(old + 1).update(txn).await).await.map(drop)
    });
    until("a transaction", async || Ok(waiting(&world.db).await? > 0)).await?;
    visitor.abort();
    visitor.await.expect_err("it was dropped");
    lock.rollback().await?;
    until("a rollback", async || Ok(waiting(&world.db).await? == 0)).await?;
    assert_eq!((stored().await?, cached().await?), (old, old));
    world.db.execute_unprepared("DROP FUNCTION wait CASCADE").await?;
    control.close().await?;
    Ok(())
}

/// A way to the server that can be cut.
async fn cuttable(url: &str) -> Result<(String, watch::Sender<()>), Box<dyn std::error::Error>> {
    let (user, server) = url.split_once('@').ok_or("a URL has a user and a host")?;
    let (server, database) = server.split_once('/').ok_or("a URL names a database")?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let there = format!("{user}@{}/{database}", listener.local_addr()?);
    let server = server.to_owned();
    let (cut, is_cut) = watch::channel(());
    tokio::spawn(async move {
        while let Ok((mut here, _)) = listener.accept().await {
            let (server, mut is_cut) = (server.clone(), is_cut.clone());
            tokio::spawn(async move {
                let Ok(server) = TcpStream::connect(server).await else { return };
                let (mut from, mut to) = server.into_split();
                let (mut read, mut write) = here.split();
                let pass =
                    async { tokio::join!(copy(&mut read, &mut to), copy(&mut from, &mut write)) };
                tokio::select! {
                    _ = pass => {}
                    _ = is_cut.changed() => {
                        // The server does not hear of it.
                        std::mem::forget((from, to));
                    }
                }
            });
        }
    });
    Ok((there, cut))
}

/// The connection is lost and the database goes on: an error that is no answer.
pub(crate) async fn a_lost_connection_leaves_nothing_stale(world: &World) -> Tested {
    world.db.execute_unprepared(WAITING).await?;
    let stored = async || {
        Ok::<_, DbErr>(Film::find_by_id(2).one(&world.db).await?.expect("it is there").votes)
    };
    let cached =
        async || Ok::<_, DbErr>(Film::find_cached(&world.db, 2).await?.expect("it is there").votes);
    let control = world.pool(&[]).await?;
    for way in 0..writes(&world.db, 0).len() {
        let (url, cut) = cuttable(&world.url).await?;
        let lossy = world.pool_at(&url, &[]).await?;
        let old = stored().await?;
        let (name, at, write) = writes(&lossy, old + 1).swap_remove(way);
        if name == "gcache::Transaction" {
            // What becomes of an error is up to the program there.
            continue;
        }
        let other = if at == "commit" { "statement" } else { "commit" };
        let only = format!(
            "ALTER TABLE film ENABLE TRIGGER {at}; ALTER TABLE film DISABLE TRIGGER {other}"
        );
        world.db.execute_unprepared(&only).await?;
        let lock = control.begin().await?;
        lock.execute_unprepared("SELECT pg_advisory_xact_lock(42)").await?;
        let write = tokio::spawn(write);
        until(name, async || Ok(waiting(&world.db).await? > 0)).await?;
        cut.send(())?;
        timeout(PATIENCE, write).await??;
        assert_eq!(cached().await?, old, "{name}: the database is not done");
        lock.rollback().await?;
        until(name, async || Ok(stored().await? == old + 1)).await?;
        let done = Instant::now();
        until(name, async || Ok(cached().await? == old + 1)).await?;
        let late = done.elapsed();
        assert!(late < Duration::from_secs(5), "{name}: stale for {late:?}");
    }
    world.db.execute_unprepared("DROP FUNCTION wait CASCADE").await?;
    control.close().await?;
    Ok(())
}
