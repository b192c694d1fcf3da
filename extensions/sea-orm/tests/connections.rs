//! Connections at random, to two databases: each answer from the cache is what the same connection says without
//! it.
//!
//! ```sh
//! GCACHE_SECONDS=60 cargo test -p gcache-sea-orm --features rbac --test connections -- --nocapture
//! GCACHE_SEED=7 cargo test -p gcache-sea-orm --features rbac --test connections
//! ```
//!
//! With tenants and policies on rows, see `postgres/tenants.rs`.

mod common;

use common::notes::{Random, Rounds, hits, look_unknown, transact, turn};
use gcache_sea_orm::same_database;
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbErr};
use tempfile::TempDir;

const SCHEMA: &str = "
    CREATE TABLE note (id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, text TEXT NOT NULL);
    INSERT INTO note VALUES (1, 'a', 'one'), (2, 'b', 'two'), (3, 'a', 'three'), (4, 'b', 'four')";

async fn pool(path: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(format!("sqlite:{path}"));
    options.sqlx_logging(false);
    Database::connect(options).await
}

#[tokio::test]
async fn each_answer_is_its_own() -> Result<(), Box<dyn std::error::Error>> {
    let files = TempDir::new()?;
    let path = format!("//{}?mode=rwc", files.path().join("notes.sqlite").display());
    let (first, second) = (pool(&path).await?, pool(":memory:").await?);
    let beside = pool(&path).await?;
    same_database(&first, &beside)?;
    for db in [&first, &second] {
        db.execute_unprepared(SCHEMA).await?;
    }
    #[cfg(feature = "rbac")]
    let restricted = restrict(&first).await?;
    let pools = [first.clone(), first, second.clone(), second, beside];
    let mut random = Random::new();
    let mut rounds = Rounds::new(300);
    while rounds.goes_on() {
        let pool = &pools[usize::try_from(random.below(5))?];
        match random.below(10) {
            // A write that is refused is no news.
            0..5 => drop(turn(pool, &mut random).await),
            5..7 => transact(pool, None, &mut random).await,
            7 => look_unknown(pool, &mut random).await?,
            #[cfg(feature = "rbac")]
            8 => drop(turn(&restricted[usize::try_from(random.below(2))?], &mut random).await),
            #[cfg(feature = "rbac")]
            9 => transact(&restricted[usize::try_from(random.below(2))?], None, &mut random).await,
            _ => {}
        }
    }
    assert!(hits() > 0, "nothing came from the cache");
    Ok(())
}

/// Users that may read and write the notes, and may not.
#[cfg(feature = "rbac")]
async fn restrict(db: &DatabaseConnection) -> Result<[sea_orm::RestrictedConnection; 2], DbErr> {
    use sea_orm::rbac::{RbacContext, RbacUserId};
    sea_orm::rbac::schema::create_tables(
        db,
        sea_orm::rbac::schema::RbacCreateTablesParams::default(),
    )
    .await?;
    let mut context = RbacContext::load(db).await?;
    context.add_tables(db, &["note"]).await?;
    context.add_crud_permissions(db).await?;
    context.add_roles(db, &["writer", "stranger"]).await?;
    context.assign_user_role(db, &[(1, "writer"), (2, "stranger")]).await?;
    let all = ["select", "insert", "update", "delete"];
    context.add_role_permissions(db, "writer", &all, &["note"]).await?;
    db.load_rbac().await?;
    Ok([db.restricted_for(RbacUserId(1))?, db.restricted_for(RbacUserId(2))?])
}
