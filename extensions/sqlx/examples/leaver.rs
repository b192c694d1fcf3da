//! A visitor who leaves in the middle of a write: `cargo run -p gcache-sqlx --example leaver`.
//!
//! The write takes a while, since another connection holds the database. Meanwhile the handler is dropped, as a web server does
//! when its visitor has left. Then somebody reads.

use gcache::{cache_against, finish, group, invalidate};
use sqlx::{Connection as _, SqliteConnection, SqlitePool};
use std::error::Error;
use std::time::Duration;
use tokio::time::timeout;

group!(Film(id: i64));

#[cache_against(Film(id), skip(db))]
async fn votes(db: &SqlitePool, id: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT votes FROM film WHERE id = ?").bind(id).fetch_one(db).await
}

async fn vote(db: &SqlitePool, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE film SET votes = votes + 1 WHERE id = ?")
        .bind(id)
        .execute(db)
        .await
        .map(drop)
}

/// A handler as it is written without this crate.
async fn plain(db: SqlitePool) -> Result<(), sqlx::Error> {
    vote(&db, 1).await?;
    invalidate!(Film(1));
    Ok(())
}

async fn finished(db: SqlitePool) -> Result<(), sqlx::Error> {
    gcache_sqlx::write(&db, Film::key(2), async move |db| vote(&db, 2).await).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("films").display());
    let db = SqlitePool::connect(&url).await?;
    sqlx::raw_sql(
        "CREATE TABLE film (id INTEGER PRIMARY KEY, votes INTEGER);
         INSERT INTO film VALUES (1, 0), (2, 0)",
    )
    .execute(&db)
    .await?;
    println!("film 1 has {}, film 2 has {}", votes(&db, 1).await?, votes(&db, 2).await?);

    let mut other = SqliteConnection::connect(&url).await?;
    let held = other.begin_with("BEGIN IMMEDIATE").await?;
    let patience = Duration::from_millis(50);
    println!("both are rated, and both visitors leave while the database is at work");
    let left =
        (timeout(patience, plain(db.clone())).await, timeout(patience, finished(db.clone())).await);
    assert!(left.0.is_err() && left.1.is_err());
    held.rollback().await?;
    finish::idle().await;
    // The database finishes the statement of whoever has left, too.
    while stored(&db, 1).await? == 0 {
        tokio::task::yield_now().await;
    }

    for (id, way) in [(1, "by hand"), (2, "by gcache_sqlx::write")] {
        let (cached, stored) = (votes(&db, id).await?, stored(&db, id).await?);
        let verdict = if cached == stored { "right" } else { "stale, for good" };
        println!("film {id}, {way}: database {stored}, cache {cached}: {verdict}");
    }
    Ok(())
}

async fn stored(db: &SqlitePool, id: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT votes FROM film WHERE id = ?").bind(id).fetch_one(db).await
}
