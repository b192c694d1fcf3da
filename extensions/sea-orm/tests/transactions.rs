//! Invalidations and the database's transactions: they wait for its commit, follow its savepoints, vanish with its
//! rollback, and none comes before a commit that nobody waits for.

mod common;

use common::World;
use common::entities::{director, film};
use gcache::{Cached, Transaction, cache_against, invalidate_tag, tag};
use gcache_sea_orm::{
    Cacheable as _, CachedEntity as _, Error, ExecAndInvalidate as _, member, transaction,
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseConnection, DatabaseExecutor, DbBackend, DbErr,
    EntityTrait as _, IntoActiveModel as _, MockDatabase, QueryFilter as _, Set, TransactionError,
    TransactionTrait,
};

#[cache_against(film::Model(id), skip(db))]
async fn votes(db: &impl ConnectionTrait, id: i64) -> Result<i64, DbErr> {
    Ok(film::Entity::find_by_id(id).one(db).await?.expect("it is there").votes)
}

/// Sets the votes of a film, in any transaction or none.
async fn vote(db: &impl ConnectionTrait, id: i64, votes: i64) -> Result<(), DbErr> {
    let film = film::ActiveModel { id: Set(id), votes: Set(votes), ..new() };
    film.update(db).await.map(drop)
}

fn new() -> film::ActiveModel {
    <film::ActiveModel as sea_orm::ActiveModelTrait>::default()
}

/// The votes of films 1 to 4, and how many of them the database was asked for.
async fn look(world: &World) -> Result<([i64; 4], usize), DbErr> {
    world.asked();
    let mut seen = [0; 4];
    for (seen, id) in seen.iter_mut().zip(1..) {
        *seen = votes(&world.db, id).await?;
    }
    Ok((seen, world.asked()))
}

type Done = Result<(), TransactionError<DbErr>>;

#[tokio::test]
async fn nobody_outside_sees_anything_before_the_commit() -> Result<(), Box<dyn std::error::Error>>
{
    let world = World::new().await;
    look(&world).await?;
    transaction(&world.db, async |txn| {
        vote(txn, 2, 7).await?;
        assert_eq!(votes(txn, 2).await?, 7, "its own writes are seen");
        assert_eq!(film::Entity::find_cached(txn, 2).await?.map(|film| film.votes), Some(7));
        world.asked();
        let many = film::Entity::find_many_cached(txn, [1, 2, 3]).await?;
        let many: Vec<i64> = many.into_iter().flatten().map(|film| film.votes).collect();
        assert_eq!((many, world.asked()), (vec![0, 7, 0], 1), "in one statement");
        assert_eq!(outside(&world.db, 2).await, 0, "and by nobody else");
        Ok::<(), DbErr>(())
    })
    .await?;
    assert_eq!(look(&world).await?, ([0, 7, 0, 0], 1));
    assert_eq!(look(&world).await?, ([0, 7, 0, 0], 0));
    Ok(())
}

/// What another task sees.
async fn outside(db: &DatabaseConnection, id: i64) -> i64 {
    let db = db.clone();
    let task = tokio::spawn(async move { votes(&db, id).await });
    task.await.expect("it does not panic").expect("the database answers")
}

#[tokio::test]
async fn a_rollback_forgets() -> Result<(), DbErr> {
    let world = World::new().await;
    look(&world).await?;
    let done: Done = transaction(&world.db, async |txn| {
        vote(txn, 2, 7).await?;
        Err(DbErr::Custom("no".to_owned()))
    })
    .await;
    assert!(matches!(done, Err(TransactionError::Transaction(DbErr::Custom(no))) if no == "no"));
    assert_eq!(look(&world).await?, ([0; 4], 0));
    Ok(())
}

#[tokio::test]
async fn savepoints_are_followed() -> Result<(), Box<dyn std::error::Error>> {
    let world = World::new().await;
    look(&world).await?;
    let nested = async |txn: &sea_orm::DatabaseTransaction| {
        vote(txn, 1, 1).await?;
        transaction(txn, async |txn| vote(txn, 2, 2).await).await.map_err(inner)?;
        let refused: Done = transaction(txn, async |txn| {
            vote(txn, 3, 3).await?;
            Err(DbErr::Custom("only this".to_owned()))
        })
        .await;
        assert!(refused.is_err());
        assert_eq!((votes(txn, 2).await?, votes(txn, 3).await?), (2, 0));
        Ok::<(), DbErr>(())
    };
    transaction(&world.db, nested).await?;
    assert_eq!(look(&world).await?, ([1, 2, 0, 0], 2), "film 3 was rolled back: a hit");

    let done: Done = transaction(&world.db, async |txn| {
        transaction(txn, async |txn| vote(txn, 4, 4).await).await.map_err(inner)?;
        Err(DbErr::Custom("all of it".to_owned()))
    })
    .await;
    assert!(done.is_err());
    assert_eq!(look(&world).await?, ([1, 2, 0, 0], 0));
    Ok(())
}

fn inner(error: TransactionError<DbErr>) -> DbErr {
    match error {
        TransactionError::Connection(error) | TransactionError::Transaction(error) => error,
    }
}

/// A savepoint that was begun without gcache, as SeaORM's own nested saves do, inside of a transaction.
#[tokio::test]
async fn a_savepoint_that_nobody_reports_ends_too_much() -> Result<(), Box<dyn std::error::Error>> {
    let world = World::new().await;
    look(&world).await?;
    transaction(&world.db, async |txn| {
        let savepoint = txn.begin().await?;
        vote(&savepoint, 2, 7).await?;
        savepoint.rollback().await
    })
    .await?;
    assert_eq!(look(&world).await?, ([0; 4], 1));
    Ok(())
}

/// A table without transactions, a statement that commits by itself, or a deadlock: MySQL keeps what was written.
#[tokio::test]
async fn what_mysql_may_keep_is_invalidated() {
    let is_forgotten = async |backend: DbBackend| {
        let cached = Cached::new("what_mysql_may_keep");
        cached.get_with(&(), || tag("what MySQL may keep"), || 1);
        let db = MockDatabase::new(backend).into_connection();
        let done: Done = transaction(&db, async |_| {
            assert!(invalidate_tag("what MySQL may keep").is_deferred());
            Err(DbErr::Custom("no".to_owned()))
        })
        .await;
        assert!(done.is_err());
        cached.get_with(&(), || tag("what MySQL may keep"), || 2).is_hit()
    };
    assert!(is_forgotten(DbBackend::Sqlite).await);
    assert!(!is_forgotten(DbBackend::MySql).await);
}

/// Generic code that returns nothing: all that is heard of it is that it is about to happen.
#[tokio::test]
async fn what_is_only_announced_ends_too() -> Result<(), Box<dyn std::error::Error>> {
    let world = World::new().await;
    look(&world).await?;
    transaction(&world.db, async |txn| {
        let film = film::ActiveModel { id: Set(2), votes: Set(7), ..new() };
        sea_orm::ActiveModelTrait::update_without_returning(film, txn).await
    })
    .await?;
    assert_eq!(look(&world).await?, ([0, 7, 0, 0], 1));
    Ok(())
}

#[tokio::test]
async fn a_commit_that_fails_ends_it() -> Result<(), DbErr> {
    let world = World::new().await;
    look(&world).await?;
    let done: Done = transaction(&world.db, async |txn| {
        let film = film::ActiveModel { id: Set(2), director_id: Set(99), ..new() };
        film.update(txn).await.map(drop)
    })
    .await;
    let Err(TransactionError::Connection(error)) = done else { panic!("there is no director 99") };
    assert!(error.to_string().contains("FOREIGN KEY"), "as the database said it: {error}");
    assert_eq!(look(&world).await?, ([0; 4], 1), "the outcome is unknown");
    Ok(())
}

#[tokio::test]
async fn a_panic_or_a_dropped_future_ends_it() -> Result<(), DbErr> {
    let world = World::new().await;
    look(&world).await?;
    let db = world.db.clone();
    let task = tokio::spawn(async move {
        let done: Done = transaction(&db, async |txn| {
            vote(txn, 2, 7).await?;
            panic!("in the middle");
        })
        .await;
        drop(done);
    });
    assert!(task.await.expect_err("it panics").is_panic());
    assert_eq!(look(&world).await?, ([0; 4], 1));

    let (stop, mut control) = common::stop();
    let mut dropped = Box::pin(transaction(&world.db, async |txn| {
        vote(txn, 2, 7).await?;
        stop.here().await;
        Ok::<(), DbErr>(())
    }));
    tokio::select! {
        biased;
        _ = &mut dropped => panic!("it waits to be dropped"),
        () = control.arrived() => {}
    }
    drop(dropped);
    assert_eq!(look(&world).await?, ([0; 4], 1));
    Ok(())
}

/// An invalidation before a commit is a trap: it is refused before anything is written.
#[tokio::test]
async fn a_transaction_that_gcache_does_not_know_of_is_refused() -> Result<(), DbErr> {
    let world = World::new().await;
    look(&world).await?;
    let txn = world.db.begin().await?;
    let is_refused =
        |error: DbErr| assert!(common::is_of_unknown_transaction(&error), "another error: {error}");
    is_refused(vote(&txn, 1, 1).await.expect_err("update"));
    let film = film::ActiveModel { id: Set(2), ..new() };
    is_refused(film.clone().update_without_returning(&txn).await.expect_err("without returning"));
    is_refused(film.clone().insert(&txn).await.expect_err("insert"));
    is_refused(film.clone().save(&txn).await.expect_err("save"));
    is_refused(film.clone().delete(&txn).await.expect_err("delete"));
    is_refused(
        sea_orm::ActiveModelTrait::update(film.clone(), &txn).await.expect_err("a trait's update"),
    );
    is_refused(
        sea_orm::ActiveModelTrait::delete(film.clone(), &txn).await.expect_err("a trait's delete"),
    );
    is_refused(film::Entity::delete_many().exec_and_invalidate(&txn).await.expect_err("bulk"));
    let nested: Done = transaction(&txn, async |txn| vote(txn, 1, 1).await).await;
    is_refused(inner(nested.expect_err("a savepoint")));
    txn.commit().await?;
    assert_eq!(look(&world).await?, ([0; 4], 0), "nothing was written, nothing has ended");
    Ok(())
}

/// Nobody knows what it has written, and how old what it sees is.
#[tokio::test]
async fn what_it_reads_is_not_shared() -> Result<(), DbErr> {
    let world = World::new().await;
    let txn = world.db.begin().await?;
    txn.execute_unprepared("UPDATE film SET votes = 9").await?;
    assert_eq!(film::Entity::find_cached(&txn, 1).await?.map(|film| film.votes), Some(9));
    let many = film::Entity::find_many_cached(&txn, [1, 2]).await?;
    assert_eq!(many.into_iter().flatten().map(|film| film.votes).collect::<Vec<_>>(), [9, 9]);
    assert_eq!(film::Entity::find_cached(&world.db, 1).await?.map(|film| film.votes), Some(0));
    assert_eq!(film::Entity::find_cached(&txn, 1).await?.map(|film| film.votes), Some(9));
    let nines = || film::Entity::find().filter(film::Column::Votes.eq(9)).cached();
    assert_eq!((nines().count(&txn).await?, nines().count(&world.db).await?), (4, 0));
    assert_eq!((nines().count(&txn).await?, nines().all(&txn).await?.len()), (4, 4));
    txn.rollback().await
}

/// A write through the pool is committed, whatever becomes of the transaction that it stands in.
#[tokio::test]
async fn a_write_beside_the_transaction_does_not_wait_for_it() -> Result<(), DbErr> {
    let world = World::new().await;
    look(&world).await?;
    let done: Done = transaction(&world.db, async |_| {
        vote(&world.db, 1, 1).await?;
        let second = film::Entity::update_many().col_expr(film::Column::Votes, 2.into());
        let second = second.filter(film::Column::Id.eq(2));
        second.exec_and_invalidate_only(&world.db, member::<film::Model>(2)).await?;
        transaction(&world.db, async |txn| vote(txn, 3, 3).await).await.map_err(inner)?;
        Err(DbErr::Custom("no".to_owned()))
    })
    .await;
    assert!(done.is_err());
    assert_eq!(look(&world).await?, ([1, 2, 3, 0], 3));
    Ok(())
}

/// The program holds invalidations back itself, around a transaction of its own.
#[tokio::test]
async fn a_transaction_of_the_runtime_will_do() -> Result<(), DbErr> {
    let world = World::new().await;
    look(&world).await?;
    let txn = world.db.begin().await?;
    let held = Transaction::begin();
    held.run(vote(&txn, 2, 7)).await?;
    txn.commit().await?;
    assert_eq!(look(&world).await?, ([0; 4], 0));
    held.commit();
    assert_eq!(look(&world).await?, ([0, 7, 0, 0], 1));
    Ok(())
}

/// What SeaORM's migrations do: they insert rows through a `DatabaseExecutor`, in transactions of their own or
/// in none.
async fn migrate(db: &DatabaseConnection) -> Result<(), DbErr> {
    let rope = |id: i64, title: &str| film::ActiveModel {
        id: Set(id),
        title: Set(title.to_owned()),
        genre: Set("thriller".to_owned()),
        director_id: Set(1),
        votes: Set(0),
    };
    rope(5, "Rope").insert(&DatabaseExecutor::from(db)).await?;
    let txn = db.begin().await?;
    rope(6, "Frenzy").insert(&DatabaseExecutor::from(&txn)).await?;
    txn.commit().await
}

/// The message is of a type that nobody has written, and says what to do.
#[tokio::test]
async fn migrations_that_insert_rows_are_deferred() -> Result<(), DbErr> {
    let world = World::new().await;
    let count = async || film::Entity::find().cached().count(&world.db).await;
    assert_eq!(count().await?, 4);
    let refused = migrate(&world.db).await.expect_err("nothing defers what it invalidates");
    match Error::of(&refused) {
        Some(Error::UnknownTransaction { connection }) => {
            assert!(connection.contains("DatabaseExecutor"), "{connection}");
        }
        _ => panic!("another error: {refused}"),
    }
    let said = refused.to_string();
    assert!(said.contains("migrations") && said.contains("transaction.run("), "{said}");
    assert_eq!(count().await?, 4);
    let held = Transaction::begin();
    held.run(migrate(&world.db)).await?;
    held.commit();
    assert_eq!(count().await?, 6);
    Ok(())
}

/// A web request's scope does not know that the database has committed what was begun without gcache.
#[tokio::test]
async fn a_scope_that_is_rolled_back_keeps_what_may_be_committed() -> Result<(), DbErr> {
    let world = World::new().await;
    look(&world).await?;
    let request = Transaction::begin_scope();
    let handler = async {
        let txn = world.db.begin().await?;
        vote(&txn, 1, 1).await?;
        let film = film::ActiveModel { id: Set(2), votes: Set(2), ..new() };
        sea_orm::ActiveModelTrait::update(film, &txn).await?;
        let third = film::Entity::update_many().col_expr(film::Column::Votes, 3.into());
        let third = third.filter(film::Column::Id.eq(3));
        third.exec_and_invalidate_only(&txn, member::<film::Model>(3)).await?;
        txn.commit().await
    };
    request.run(handler).await?;
    assert_eq!(look(&world).await?, ([0; 4], 0), "they wait for the request");
    request.rollback();
    assert_eq!(look(&world).await?, ([1, 2, 3, 0], 3));
    Ok(())
}

/// It can be awaited in a task of its own, as a web server's handlers are.
#[tokio::test]
async fn it_is_send() -> Result<(), Box<dyn std::error::Error>> {
    let world = World::new().await;
    let db = world.db.clone();
    let name = String::from("Kubrick, S.");
    let task = tokio::spawn(async move {
        transaction(&db, async |txn| {
            let director = director::Entity::find_cached(txn, 2).await?.expect("it is there");
            let mut director = director.into_active_model();
            director.name = Set(name.clone());
            director.update(txn).await
        })
        .await
    });
    assert_eq!(task.await??.name, "Kubrick, S.");
    Ok(())
}
