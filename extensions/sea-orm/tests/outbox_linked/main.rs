//! The outbox with PostgreSQL, and processes that are linked by a Redis or Valkey.
//!
//! ```sh
//! bash .ci/postgres bash .ci/redis cargo test -p gcache-sea-orm --features outbox --test outbox_linked
//! ```

#[path = "../common/mod.rs"]
mod common;
#[path = "../outbox/process.rs"]
mod process;

use common::entities::film;
use futures::future::join_all;
use gcache::cache_against;
use gcache_redis::Link;
use gcache_sea_orm::{outbox, transaction};
use process::{Process, part, say};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbErr, EntityTrait as _, Set};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// How long the processes may serve what was invalidated: the default.
const BOUND: Duration = Duration::from_secs(1);

/// After this a step has failed. Not a delay: nothing waits so long that works.
const STEP: Duration = Duration::from_secs(30);

const NAMESPACE: &str = "outbox";

/// The names of the addresses, of which one is the killed process's own.
const DATABASE: &str = "DATABASE_URL";
const REDIS: &str = "GCACHE_REDIS";

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("no {name}: the servers are started by `bash .ci/postgres bash .ci/redis COMMAND`")
    })
}

/// A connection pool in a schema of its own.
async fn connect(schema: &str) -> Result<DatabaseConnection, DbErr> {
    let url = variable(DATABASE);
    let join = if url.contains('?') { '&' } else { '?' };
    Database::connect(format!("{url}{join}options[search_path]={schema}")).await
}

async fn new_schema(schema: &str) -> Result<DatabaseConnection, DbErr> {
    let db = connect(schema).await?;
    let sql = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    db.execute_unprepared(&sql).await?;
    Ok(db)
}

async fn link() -> Outcome<Link> {
    let link = gcache_redis::connect(variable(REDIS)).namespace(NAMESPACE).bounded(BOUND);
    let link = link.start()?;
    link.ready(STEP).await?;
    Ok(link)
}

/// Asks the server at `GCACHE_REDIS`, in one line, and returns the first of its answer.
fn ask_redis(line: &str) -> Outcome<String> {
    let url = variable(REDIS);
    let address = url.trim_start_matches("redis://").trim_end_matches('/');
    let mut server = TcpStream::connect(address)?;
    write!(server, "{line}\r\n")?;
    let mut answer = String::new();
    BufReader::new(server).read_line(&mut answer)?;
    Ok(answer.trim_end().to_owned())
}

#[cache_against(film::Model(id), skip(db))]
async fn votes(db: &impl ConnectionTrait, id: i64) -> Result<i64, DbErr> {
    Ok(film::Entity::find_by_id(id).one(db).await?.expect("it is there").votes)
}

const SCHEMA: &str = "
    CREATE TABLE film (
        id BIGINT PRIMARY KEY,
        title TEXT NOT NULL,
        genre TEXT NOT NULL,
        director_id BIGINT NOT NULL,
        votes BIGINT NOT NULL
    );
    INSERT INTO film VALUES (1, 'Vertigo', 'thriller', 1, 0);
";

/// Not a test, but what the other processes do.
#[tokio::test]
async fn a_part() -> Outcome {
    let Some(part) = part() else { return Ok(()) };
    link().await?;
    let db = connect("outbox_crash").await?;
    say(&outbox::open(&db).await?.to_string());
    if part == "killed" {
        // Until it may tell nobody any more.
        std::io::stdin().lock().read_line(&mut String::new())?;
        transaction(&db, async |txn| {
            let new = <film::ActiveModel as sea_orm::ActiveModelTrait>::default();
            let film = film::ActiveModel { id: Set(1), votes: Set(7), ..new };
            film.update(txn).await.map(drop)
        })
        .await?;
        say("committed");
        std::future::pending::<()>().await;
    }
    Ok(())
}

#[tokio::test]
async fn what_a_killed_process_has_committed_is_seen_within_the_bound_of_a_restart() -> Outcome {
    let db = new_schema("outbox_crash").await?;
    db.execute_unprepared(SCHEMA).await?;
    let link = link().await?;
    assert_eq!(votes(&db, 1).await?, 0);

    assert_eq!(ask_redis("ACL SETUSER killed on nopass ~* &* +@all")?, "+OK");
    let redis = variable(REDIS).replace("redis://", "redis://killed:any@");
    let mut killed = Process::start("a_part", "killed", &[(REDIS, &redis)])?;
    assert_eq!(killed.hear()?.as_deref(), Some("0"));
    // What it sends from now on is refused, as if it had not been sent.
    assert_eq!(ask_redis("ACL SETUSER killed -@all")?, "+OK");
    killed.go_on()?;
    assert_eq!(killed.hear()?.as_deref(), Some("committed"));
    killed.kill()?;
    link.fence().await?;
    assert_eq!(votes(&db, 1).await?, 0, "it has told nobody");

    let mut restarted = Process::start("a_part", "restarted", &[])?;
    assert_eq!(restarted.hear()?.as_deref(), Some("1"));
    let told = Instant::now();
    loop {
        let called = told.elapsed();
        if votes(&db, 1).await? == 7 {
            break;
        }
        assert!(called < BOUND, "stale after {called:?}");
        tokio::task::yield_now().await;
    }
    assert_eq!(outbox::replay(&db).await?, 0);
    Ok(())
}

#[tokio::test]
async fn several_processes_open_a_new_outbox_at_once() -> Outcome {
    let db = new_schema("outbox_new").await?;
    let mut pools = Vec::new();
    for _ in 0..8 {
        pools.push(connect("outbox_new").await?);
    }
    for _ in 0..20 {
        db.execute_unprepared("DROP TABLE IF EXISTS gcache_outbox").await?;
        for opened in join_all(pools.iter().map(outbox::open)).await {
            opened?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn who_may_make_no_table_opens_one_that_is_there() -> Outcome {
    let db = new_schema("outbox_role").await?;
    db.execute_unprepared(
        "DROP ROLE IF EXISTS outbox_writer;
         CREATE ROLE outbox_writer LOGIN;
         GRANT USAGE ON SCHEMA outbox_role TO outbox_writer",
    )
    .await?;
    let url = variable(DATABASE).replace("//postgres@", "//outbox_writer@");
    assert!(url.contains("outbox_writer"), "{url}");
    let writer = Database::connect(format!("{url}?options[search_path]=outbox_role")).await?;
    let refused = outbox::open(&writer).await.expect_err("there is none");
    assert!(refused.to_string().contains("permission denied"), "{refused}");
    outbox::open(&db).await?;
    let grant = "GRANT SELECT, INSERT, DELETE ON gcache_outbox TO outbox_writer";
    db.execute_unprepared(grant).await?;
    outbox::open(&writer).await?;
    Ok(())
}
