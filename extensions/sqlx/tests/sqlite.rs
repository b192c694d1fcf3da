//! The suite on SQLite, on a file of its own for each test.

mod suite;

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Error, Sqlite, SqlitePool};
use std::sync::Arc;
use tempfile::TempDir;

type Db = Sqlite;
const BEGIN: &str = "BEGIN IMMEDIATE";
/// Whether a rollback takes back all that was written.
const TAKES_ALL_BACK: bool = true;

#[derive(Clone)]
struct World {
    pool: SqlitePool,
    _file: Arc<TempDir>,
}

impl World {
    async fn new() -> Self {
        let file = tempfile::tempdir().expect("a folder can be made");
        let url = format!("sqlite://{}?mode=rwc", file.path().join("films").display());
        let pool = SqlitePool::connect(&url).await.expect("the file can be made");
        let create =
            "CREATE TABLE film (id INTEGER PRIMARY KEY AUTOINCREMENT, votes BIGINT NOT NULL)";
        sqlx::query(create).execute(&pool).await.expect("it is valid");
        Self { pool, _file: Arc::new(file) }
    }

    /// A film of this process's own: two files number their rows alike.
    async fn film(&self) -> Result<i64, Error> {
        static NEXT: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(1);
        let id = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let insert = format!("INSERT INTO film VALUES ({id}, 0)");
        sqlx::query(AssertSqlSafe(insert)).execute(&self.pool).await?;
        Ok(id)
    }

    /// A reader lets nobody commit.
    async fn block_commits(&self, id: i64) -> Result<Blocked, Error> {
        let mut connection = self.pool.acquire().await?;
        sqlx::query("BEGIN").execute(&mut *connection).await?;
        let select = format!("SELECT votes FROM film WHERE id = {id}");
        sqlx::query(AssertSqlSafe(select)).fetch_all(&mut *connection).await?;
        Ok(Blocked(connection))
    }

    /// A writer lets nobody else write.
    async fn block_writes(&self, _id: i64) -> Result<Blocked, Error> {
        let mut connection = self.pool.acquire().await?;
        sqlx::query(BEGIN).execute(&mut *connection).await?;
        Ok(Blocked(connection))
    }
}

struct Blocked(PoolConnection<Sqlite>);

impl Blocked {
    async fn release(mut self) -> Result<(), Error> {
        sqlx::query("ROLLBACK").execute(&mut *self.0).await.map(drop)
    }
}
