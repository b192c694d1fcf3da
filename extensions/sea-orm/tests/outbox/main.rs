//! The outbox: invalidations that are written with the change, told, and deleted; and told after a crash.

#[path = "../common/mod.rs"]
mod common;
mod crash;
mod process;
#[cfg(feature = "rbac")]
mod rbac;
#[path = "../../../axum/tests/fenced/wire.rs"]
mod wire;

use common::World;
use common::entities::film;
use gcache_sea_orm::{outbox, transaction};
use sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, EntityTrait as _, Set,
    Statement, TransactionError,
};
use std::cell::RefCell;
use wire::{Others, Wire};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// The messages to the others since the last time, as JSON.
fn told(wire: &Wire) -> Vec<String> {
    let json = |groups| serde_json::to_string(&groups).expect("names are JSON");
    wire.told().into_iter().map(json).collect()
}

async fn vote(db: &impl ConnectionTrait, id: i64) -> Result<(), DbErr> {
    let new = <film::ActiveModel as sea_orm::ActiveModelTrait>::default();
    film::ActiveModel { id: Set(id), votes: Set(7), ..new }.update(db).await.map(drop)
}

/// What is in the outbox.
async fn rows(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let rows = Statement::from_string(DbBackend::Sqlite, "SELECT invalidated FROM gcache_outbox");
    db.query_all_raw(rows).await?.iter().map(|row| row.try_get("", "invalidated")).collect()
}

/// Waits until the outbox is empty, which the task that empties it gets to be.
async fn emptied(db: &DatabaseConnection) -> Result<(), DbErr> {
    while !rows(db).await?.is_empty() {
        tokio::task::yield_now().await;
    }
    Ok(())
}

#[tokio::test]
async fn a_row_is_there_until_others_have_been_told() -> Outcome {
    let world = World::new().await;
    let wire = Wire::new(Others::Answer);
    assert_eq!(outbox::open(&world.db).await?, 0);
    wire.others(Others::AreSilent);
    transaction(&world.db, async |txn| {
        vote(txn, 1).await?;
        assert_eq!(rows(txn).await?.len(), 0);
        Ok::<(), DbErr>(())
    })
    .await?;
    let told = told(&wire);
    assert_eq!(told.len(), 1);
    assert!(told[0].contains(r#"entities::film::Model","key",1]"#), "{told:?}");
    // What it names is what was told, in some order.
    let row = rows(&world.db).await?.pop().expect("a row was written");
    let names = |json: &str| {
        let mut names: Vec<serde_json::Value> = serde_json::from_str(json).expect("JSON");
        names.sort_by_key(ToString::to_string);
        names
    };
    assert_eq!(names(&row), names(&told[0]));
    wire.others(Others::Answer);
    emptied(&world.db).await?;
    Ok(())
}

#[tokio::test]
async fn a_rollback_leaves_no_row_and_a_savepoint_none_of_its_own() -> Outcome {
    let world = World::new().await;
    let wire = Wire::new(Others::Answer);
    outbox::open(&world.db).await?;
    wire.others(Others::AreSilent);
    let undone = transaction(&world.db, async |txn| {
        vote(txn, 1).await?;
        Err::<(), _>(DbErr::Custom("undone".to_owned()))
    });
    assert!(matches!(undone.await, Err(TransactionError::Transaction(_))));
    assert_eq!((rows(&world.db).await?.len(), told(&wire).len()), (0, 0));
    transaction(&world.db, async |txn| {
        vote(txn, 1).await?;
        transaction(txn, async |inner| vote(inner, 2).await).await.map_err(
            |error| match error {
                TransactionError::Connection(error) | TransactionError::Transaction(error) => error,
            },
        )?;
        Ok::<(), DbErr>(())
    })
    .await?;
    let rows = rows(&world.db).await?;
    assert_eq!(rows.len(), 1);
    assert!(rows[0].contains(r#""key",1]"#) && rows[0].contains(r#""key",2]"#), "{rows:?}");
    wire.others(Others::Answer);
    emptied(&world.db).await?;
    Ok(())
}

#[tokio::test]
async fn nothing_is_written_where_nothing_was_invalidated_or_nobody_listens() -> Outcome {
    let world = World::new().await;
    outbox::open(&world.db).await?;
    transaction(&world.db, async |txn| vote(txn, 1).await).await?;
    assert_eq!(rows(&world.db).await?.len(), 0);
    let wire = Wire::new(Others::Answer);
    wire.others(Others::AreSilent);
    transaction(&world.db, async |txn| film::Entity::find_by_id(1).one(txn).await).await?;
    assert_eq!(rows(&world.db).await?.len(), 0);
    Ok(())
}

#[tokio::test]
async fn a_database_without_the_table_refuses_the_transaction() -> Outcome {
    let world = World::new().await;
    let wire = Wire::new(Others::Answer);
    outbox::open(&world.db).await?;
    world.db.execute_unprepared("DROP TABLE gcache_outbox").await?;
    let refused = transaction(&world.db, async |txn| vote(txn, 1).await).await;
    assert!(matches!(refused, Err(TransactionError::Connection(_))), "{refused:?}");
    let votes = film::Entity::find_by_id(1).one(&world.db).await?.map(|film| film.votes);
    assert_eq!((votes, told(&wire).len()), (Some(0), 0), "it was rolled back");
    Ok(())
}

/// The recipe of the docs.
#[tokio::test]
async fn a_row_by_plain_sql_is_told() -> Outcome {
    let world = World::new().await;
    let wire = Wire::new(Others::Answer);
    outbox::open(&world.db).await?;
    world
        .db
        .execute_unprepared(
            r#"BEGIN;
               UPDATE film SET votes = 9 WHERE id = 1;
               INSERT INTO gcache_outbox (id, invalidated)
                   VALUES ('8c1f6a1e-migration-12', '[["shop.book", "*"]]');
               COMMIT;"#,
        )
        .await?;
    assert_eq!(outbox::replay(&world.db).await?, 1);
    assert_eq!(told(&wire), [r#"[["shop.book","*"]]"#]);
    assert_eq!(rows(&world.db).await?.len(), 0);
    assert_eq!(outbox::replay(&world.db).await?, 0);
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_read_invalidates_everything() -> Outcome {
    let world = World::new().await;
    let wire = Wire::new(Others::Answer);
    outbox::open(&world.db).await?;
    let row = "INSERT INTO gcache_outbox (id, invalidated) VALUES ('1', 'no JSON')";
    world.db.execute_unprepared(row).await?;
    assert_eq!(outbox::replay(&world.db).await?, 1);
    assert_eq!(told(&wire), [r#"[["*"]]"#]);
    Ok(())
}

#[tokio::test]
async fn rows_stay_while_others_cannot_be_told() -> Outcome {
    let world = World::new().await;
    let wire = Wire::new(Others::Answer);
    outbox::open(&world.db).await?;
    wire.others(Others::AreUnreachable);
    let row = "INSERT INTO gcache_outbox (id, invalidated) VALUES ('1', '[[\"a\"]]')";
    world.db.execute_unprepared(row).await?;
    assert!(matches!(outbox::replay(&world.db).await, Err(DbErr::Custom(_))));
    assert_eq!(rows(&world.db).await?.len(), 1);
    wire.others(Others::Answer);
    assert_eq!(outbox::replay(&world.db).await?, 1);
    assert_eq!(told(&wire), [r#"[["a"]]"#; 2]);
    drop(wire);
    world.db.execute_unprepared(row).await?;
    assert_eq!(outbox::replay(&world.db).await?, 0, "nobody could be told");
    assert_eq!(rows(&world.db).await?.len(), 1);
    Ok(())
}

thread_local! {
    /// The link of a test, until a statement takes it away.
    static UNTIL_A_STATEMENT: RefCell<Option<Wire>> = const { RefCell::new(None) };
}

#[tokio::test]
async fn rows_stay_where_the_link_is_gone_before_they_are_told() -> Outcome {
    let world = World::new().await;
    let wire = Wire::new(Others::Answer);
    outbox::open(&world.db).await?;
    let row = "INSERT INTO gcache_outbox (id, invalidated) VALUES ('1', '[[\"a\"]]')";
    world.db.execute_unprepared(row).await?;
    let mut db = Database::connect(world.url()).await?;
    db.set_metric_callback(|_| drop(UNTIL_A_STATEMENT.take()));
    UNTIL_A_STATEMENT.set(Some(wire));
    let gone = outbox::replay(&db).await;
    assert!(matches!(gone, Err(DbErr::Custom(_))), "{gone:?}");
    assert_eq!(rows(&world.db).await?.len(), 1);
    // A row that names nothing has nobody to tell.
    let wire = Wire::new(Others::Answer);
    world.db.execute_unprepared("UPDATE gcache_outbox SET invalidated = '[]'").await?;
    assert_eq!((outbox::replay(&world.db).await?, told(&wire).len()), (1, 0));
    Ok(())
}
