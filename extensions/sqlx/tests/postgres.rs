//! The suite on PostgreSQL: `bash .ci/postgres cargo test -p gcache-sqlx --test postgres`.

mod suite;

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Error, PgPool, Postgres};
use tokio::sync::OnceCell;

type Db = Postgres;
const BEGIN: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE";
/// Whether a rollback takes back all that was written.
const TAKES_ALL_BACK: bool = true;

/// A commit of a film waits for who holds the film's lock.
const SCHEMA: &str = "
    DROP TABLE IF EXISTS film;
    CREATE TABLE film (id BIGSERIAL PRIMARY KEY, votes BIGINT NOT NULL);
    CREATE OR REPLACE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock(new.id); RETURN new; END $$;
    CREATE CONSTRAINT TRIGGER commit AFTER UPDATE ON film DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION wait()";

#[derive(Clone)]
struct World {
    pool: PgPool,
}

impl World {
    async fn new() -> Self {
        static CREATED: OnceCell<()> = OnceCell::const_new();
        let url = std::env::var("DATABASE_URL").expect(
            "DATABASE_URL leads to a PostgreSQL: `bash .ci/postgres cargo test -p gcache-sqlx --test postgres`",
        );
        let pool = PgPool::connect(&url).await.expect("the server is there");
        CREATED
            .get_or_init(async || {
                sqlx::raw_sql(SCHEMA).execute(&pool).await.expect("it is valid");
            })
            .await;
        Self { pool }
    }

    async fn film(&self) -> Result<i64, Error> {
        sqlx::query_scalar("INSERT INTO film (votes) VALUES (0) RETURNING id")
            .fetch_one(&self.pool)
            .await
    }

    async fn block_commits(&self, id: i64) -> Result<Blocked, Error> {
        self.block(format!("SELECT pg_advisory_xact_lock({id})")).await
    }

    async fn block_writes(&self, id: i64) -> Result<Blocked, Error> {
        self.block(format!("SELECT votes FROM film WHERE id = {id} FOR UPDATE")).await
    }

    async fn block(&self, statement: String) -> Result<Blocked, Error> {
        let mut connection = self.pool.acquire().await?;
        sqlx::query("BEGIN").execute(&mut *connection).await?;
        sqlx::query(AssertSqlSafe(statement)).execute(&mut *connection).await?;
        Ok(Blocked(connection))
    }
}

struct Blocked(PoolConnection<Postgres>);

impl Blocked {
    async fn release(mut self) -> Result<(), Error> {
        sqlx::query("ROLLBACK").execute(&mut *self.0).await.map(drop)
    }
}
