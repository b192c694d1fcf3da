//! The suite on MariaDB or MySQL: `bash .ci/mariadb cargo test -p gcache-sqlx --test mysql`.

mod suite;

use gcache::{cache_against, group, invalidate};
use gcache_sqlx::{savepoint, transaction};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Error, MySql, MySqlPool};
use tokio::sync::OnceCell;

type Db = MySql;
const BEGIN: &str = "START TRANSACTION WITH CONSISTENT SNAPSHOT";
/// Whether a rollback takes back all that was written.
const TAKES_ALL_BACK: bool = false;

#[derive(Clone)]
struct World {
    pool: MySqlPool,
}

impl World {
    async fn new() -> Self {
        static CREATED: OnceCell<()> = OnceCell::const_new();
        let url = std::env::var("MYSQL_URL").expect(
            "MYSQL_URL leads to a MariaDB or MySQL: `bash .ci/mariadb cargo test -p gcache-sqlx --test mysql`",
        );
        let pool = MySqlPool::connect(&url).await.expect("the server is there");
        CREATED
            .get_or_init(async || {
                let drop = "DROP TABLE IF EXISTS film";
                sqlx::query(drop).execute(&pool).await.expect("it is valid");
                let create = "CREATE TABLE film (id BIGINT AUTO_INCREMENT PRIMARY KEY, votes BIGINT NOT NULL) ENGINE InnoDB";
                sqlx::query(create).execute(&pool).await.expect("it is valid");
            })
            .await;
        Self { pool }
    }

    async fn film(&self) -> Result<i64, Error> {
        let inserted =
            sqlx::query("INSERT INTO film (votes) VALUES (0)").execute(&self.pool).await?;
        Ok(inserted.last_insert_id().try_into().expect("there are few"))
    }

    /// Nobody commits while there is a global read lock.
    async fn block_commits(&self, _id: i64) -> Result<Blocked, Error> {
        let mut connection = self.pool.acquire().await?;
        sqlx::raw_sql("FLUSH TABLES WITH READ LOCK").execute(&mut *connection).await?;
        Ok(Blocked { connection, release: "UNLOCK TABLES" })
    }

    async fn block_writes(&self, id: i64) -> Result<Blocked, Error> {
        let mut connection = self.pool.acquire().await?;
        sqlx::raw_sql("BEGIN").execute(&mut *connection).await?;
        let select = format!("SELECT votes FROM film WHERE id = {id} FOR UPDATE");
        sqlx::query(AssertSqlSafe(select)).fetch_all(&mut *connection).await?;
        Ok(Blocked { connection, release: "ROLLBACK" })
    }
}

struct Blocked {
    connection: PoolConnection<MySql>,
    release: &'static str,
}

impl Blocked {
    async fn release(mut self) -> Result<(), Error> {
        sqlx::raw_sql(self.release).execute(&mut *self.connection).await.map(drop)
    }
}

/// It commits what is written to a table without transactions, and has nothing to take back.
#[tokio::test]
async fn what_a_rollback_leaves_is_invalidated() -> Result<(), Error> {
    group!(Note(id: i64));

    #[cache_against(Note(id), skip(db))]
    async fn text(db: &MySqlPool, id: i64) -> Result<String, Error> {
        sqlx::query_scalar("SELECT text FROM note WHERE id = ?").bind(id).fetch_one(db).await
    }

    let pool = World::new().await.pool;
    for statement in [
        "DROP TABLE IF EXISTS note",
        "CREATE TABLE note (id BIGINT PRIMARY KEY, text VARCHAR(9)) ENGINE MyISAM",
        "INSERT INTO note VALUES (1, 'old')",
    ] {
        sqlx::query(statement).execute(&pool).await?;
    }
    assert_eq!(text(&pool, 1).await?, "old");
    let refused = transaction(&pool, async |tx| {
        savepoint(tx, async |tx| {
            sqlx::query("UPDATE note SET text = 'new' WHERE id = 1").execute(tx).await?;
            invalidate!(Note(1));
            Err::<(), _>(Error::RowNotFound)
        })
        .await
    })
    .await;
    assert!(matches!(refused, Err(Error::RowNotFound)), "{refused:?}");
    assert_eq!(text(&pool, 1).await?, "new");
    Ok(())
}
