//! The same with PostgreSQL, and what only PostgreSQL has: policies on rows, snapshots, locks, triggers before a
//! row is written, and statements that go on when nobody waits for them.
//!
//! ```sh
//! bash .ci/postgres cargo test -p gcache-sea-orm --test postgres
//! ```
//!
//! Or with a server of your own, where `DATABASE_URL` leads to. It works in a schema and with a role of its own,
//! and drops them in the end.

#[path = "../common/mod.rs"]
mod common;
mod leavers;
mod own_view;
mod tenants;

use common::entities::{casting, film as plain, film::Entity as Film};
use gcache_sea_orm::{
    Cacheable as _, CachedEntity as _, ExecAndInvalidate as _, by_index, transaction,
};
use sea_orm::{
    ColumnTrait as _, ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbErr,
    EntityTrait as _, IsolationLevel, QueryFilter as _, Set, TransactionError,
    TransactionTrait as _,
};
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

/// Films whose old row is read before they move.
#[allow(unused_qualifications, unreachable_pub, reason = "SeaORM's derives have them")]
mod moving {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, gcache::Invalidates)]
    #[sea_orm(table_name = "film")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub title: String,
        #[group(index)]
        pub genre: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    gcache_sea_orm::cached_entity!(read_old_row);
}

const SCHEMA: &str = "
    CREATE TABLE director (id BIGSERIAL PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE film (
        id BIGSERIAL PRIMARY KEY,
        title TEXT NOT NULL UNIQUE,
        genre TEXT NOT NULL,
        director_id BIGINT NOT NULL REFERENCES director (id) DEFERRABLE INITIALLY DEFERRED,
        votes BIGINT NOT NULL DEFAULT 0
    );
    CREATE TABLE casting (
        film_id BIGINT NOT NULL,
        actor_id BIGINT NOT NULL,
        role TEXT NOT NULL,
        PRIMARY KEY (film_id, actor_id)
    );
    INSERT INTO director (name) VALUES ('Hitchcock'), ('Kubrick');
    INSERT INTO film (title, genre, director_id) VALUES
        ('Vertigo', 'thriller', 1),
        ('Psycho', 'horror', 1),
        ('The Shining', 'horror', 2),
        ('Spartacus', 'drama', 2);
    INSERT INTO casting VALUES (1, 1, 'Scottie'), (2, 2, 'Norman'), (3, 3, 'Jack');
";

type Tested = Result<(), Box<dyn Error>>;

/// A database in a schema of its own, and the statements that it was asked.
struct World {
    db: DatabaseConnection,
    url: String,
    schema: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl World {
    async fn new(url: &str, schema: &str) -> Result<Self, DbErr> {
        let drop_and_create =
            format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
        Database::connect(url).await?.execute_unprepared(&drop_and_create).await?;
        let mut options = ConnectOptions::new(url);
        options.set_schema_search_path(schema).max_connections(4).sqlx_logging(false);
        let mut db = Database::connect(options).await?;
        db.execute_unprepared(SCHEMA).await?;
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        db.set_metric_callback(move |info| {
            log.lock().unwrap_or_else(PoisonError::into_inner).push(info.statement.sql.clone());
        });
        let world = Self { db, url: url.to_owned(), schema: schema.to_owned(), asked };
        let (role, schema) = (world.role(), &world.schema);
        let create = format!("CREATE ROLE {role}; GRANT USAGE ON SCHEMA {schema} TO {role}");
        world.db.execute_unprepared(&create).await?;
        Ok(world)
    }

    /// A role that policies hold for, other than for a superuser.
    fn role(&self) -> String {
        format!("{}_role", self.schema)
    }

    /// A pool of connections with these settings.
    async fn pool(&self, settings: &[(&str, &str)]) -> Result<DatabaseConnection, DbErr> {
        self.pool_at(&self.url, settings).await
    }

    /// The same, by another way to the server.
    async fn pool_at(
        &self,
        url: &str,
        settings: &[(&str, &str)],
    ) -> Result<DatabaseConnection, DbErr> {
        let mut settings: Vec<(String, String)> = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        settings.push(("search_path".to_owned(), self.schema.clone()));
        let mut options = ConnectOptions::new(url);
        options.max_connections(4).sqlx_logging(false);
        options.map_sqlx_postgres_opts(move |options| options.options(settings.clone()));
        Database::connect(options).await
    }

    /// What the database was asked since this was called last.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn votes(&self, id: i64) -> Result<(i64, usize), DbErr> {
        self.asked();
        let film = Film::find_cached(&self.db, id).await?.expect("it is there");
        Ok((film.votes, self.asked().len()))
    }

    async fn horror(&self) -> Result<(u64, usize), DbErr> {
        self.asked();
        let films = Film::find().filter(plain::Column::Genre.eq("horror"));
        let group = by_index::<plain::Model, _>(|film| &film.genre, "horror");
        let count = films.cached_against(group).count(&self.db).await?;
        Ok((count, self.asked().len()))
    }
}

fn psycho() -> plain::ActiveModel {
    plain::ActiveModel {
        id: Set(2),
        ..<plain::ActiveModel as sea_orm::ActiveModelTrait>::default()
    }
}

fn vote(votes: i64) -> plain::ActiveModel {
    plain::ActiveModel { votes: Set(votes), ..psycho() }
}

async fn saves_end_what_they_change(world: &World) -> Tested {
    assert_eq!((world.votes(2).await?, world.votes(2).await?), ((0, 1), (0, 0)));
    assert_eq!((world.horror().await?, world.horror().await?), ((2, 1), (2, 0)));
    world.votes(1).await?;
    vote(1).update(&world.db).await?;
    assert_eq!((world.votes(2).await?, world.votes(1).await?), ((1, 1), (0, 0)));
    vote(2).update_without_returning(&world.db).await?;
    assert_eq!((world.votes(2).await?, world.horror().await?), ((2, 1), (2, 1)));
    let twin = plain::ActiveModel { title: Set("Vertigo".to_owned()), ..psycho() };
    let error = twin.update(&world.db).await.expect_err("the title is taken");
    assert!(error.sql_err().is_some(), "as the database said it: {error}");
    assert_eq!(world.votes(2).await?, (2, 0));
    Ok(())
}

async fn many_are_asked_for_once(world: &World) -> Tested {
    let castings = casting::Entity::find_many_cached(&world.db, [(1, 1), (1, 2), (3, 3)]).await?;
    assert_eq!((castings.iter().flatten().count(), world.asked().len()), (2, 1));
    casting::Entity::find_many_cached(&world.db, [(1, 1), (1, 2), (3, 3)]).await?;
    assert_eq!(world.asked().len(), 0);
    let films = Film::find_many_cached(&world.db, [1, 2, 9]).await?;
    assert_eq!((films.iter().flatten().count(), world.asked().len()), (2, 1));
    Ok(())
}

async fn transactions_are_followed(world: &World) -> Tested {
    world.votes(2).await?;
    let before = world.horror().await?.0;
    let done: Result<(), TransactionError<DbErr>> = transaction(&world.db, async |txn| {
        vote(50).update(txn).await?;
        Err(DbErr::Custom("no".to_owned()))
    })
    .await;
    assert!(done.is_err());
    assert_eq!(world.votes(2).await?.1, 0, "forgotten");
    transaction(&world.db, async |txn| {
        vote(51).update(txn).await?;
        let inner = transaction(txn, async |txn| {
            psycho().delete(txn).await?;
            Err::<(), DbErr>(DbErr::Custom("only this".to_owned()))
        });
        assert!(inner.await.is_err());
        let db = world.db.clone();
        let outside = tokio::spawn(async move { Film::find_cached(&db, 2).await });
        let outside = outside.await.expect("it does not panic")?.expect("it is there");
        assert_ne!(outside.votes, 51, "nobody sees it yet");
        Ok::<(), DbErr>(())
    })
    .await?;
    assert_eq!(world.votes(2).await?, (51, 1));
    assert_eq!(world.horror().await?.0, before);
    Ok(())
}

async fn a_commit_that_fails_ends_it(world: &World) -> Tested {
    world.votes(2).await?;
    let done: Result<(), TransactionError<DbErr>> = transaction(&world.db, async |txn| {
        let nobody = plain::ActiveModel { director_id: Set(99), ..psycho() };
        nobody.update(txn).await.map(drop)
    })
    .await;
    let Err(TransactionError::Connection(error)) = done else { panic!("there is no director 99") };
    assert!(error.to_string().contains("foreign key"), "as the database said it: {error}");
    assert_eq!(world.votes(2).await?.1, 1, "the outcome is unknown");
    Ok(())
}

/// sqlx ends a transaction in which a savepoint cannot begin, and commits what is written after it by itself.
async fn a_savepoint_that_cannot_begin_leaves_nothing_stale(world: &World) -> Tested {
    for (votes, by_gcache) in [(52, true), (53, false)] {
        world.votes(2).await?;
        let done: Result<(), TransactionError<DbErr>> = transaction(&world.db, async |txn| {
            assert!(txn.execute_unprepared("no SQL").await.is_err());
            let is_refused = if by_gcache {
                transaction(txn, async |_| Ok::<(), DbErr>(())).await.is_err()
            } else {
                txn.begin().await.is_err()
            };
            assert!(is_refused, "the transaction has failed before");
            vote(votes).update(txn).await?;
            Err(DbErr::Custom("no".to_owned()))
        })
        .await;
        assert!(matches!(done, Err(TransactionError::Transaction(DbErr::Custom(_)))), "{done:?}");
        assert_eq!(world.votes(2).await?.0, votes, "it was committed by itself");
    }
    Ok(())
}

/// What an old snapshot shows is not shared, and a write in it is refused.
async fn a_transaction_that_gcache_does_not_know_of(world: &World) -> Tested {
    let snapshot = world.db.begin_with_config(Some(IsolationLevel::RepeatableRead), None).await?;
    let old = Film::find_cached(&snapshot, 2).await?.expect("it is there").votes;
    vote(old + 1).update(&world.db).await?;
    let again = Film::find_cached(&snapshot, 2).await?.expect("it is there").votes;
    assert_eq!((again, world.votes(2).await?.0), (old, old + 1));
    vote(0).update(&snapshot).await.expect_err("it is not known of");
    snapshot.rollback().await?;
    assert_eq!(world.votes(2).await?, (old + 1, 0));
    Ok(())
}

async fn the_old_row_is_locked(world: &World) -> Tested {
    let of_genre = async |genre: &str| {
        let films = moving::Entity::find().filter(moving::Column::Genre.eq(genre));
        let group = by_index::<moving::Model, _>(|film| &film.genre, genre);
        world.asked();
        films.cached_against(group).count(&world.db).await?;
        Ok::<_, DbErr>(world.asked().len())
    };
    for genre in ["horror", "drama", "thriller"] {
        of_genre(genre).await?;
    }
    transaction(&world.db, async |txn| {
        let film = moving::ActiveModel {
            id: Set(3),
            genre: Set("drama".to_owned()),
            ..<moving::ActiveModel as sea_orm::ActiveModelTrait>::default()
        };
        film.update(txn).await?;
        let asked = world.asked();
        assert!(asked.len() == 2 && asked[0].ends_with("FOR UPDATE"), "{asked:?}");
        Ok::<(), DbErr>(())
    })
    .await?;
    let asked = (of_genre("horror").await?, of_genre("drama").await?, of_genre("thriller").await?);
    assert_eq!(asked, (1, 1, 0));
    Ok(())
}

async fn returned_rows_end(world: &World) -> Tested {
    let other = world.votes(1).await?.0;
    world.votes(2).await?;
    let horror = plain::Column::Genre.eq("horror");
    let update = Film::update_many().col_expr(plain::Column::Votes, 99.into()).filter(horror);
    update.exec_with_returning_and_invalidate(&world.db).await?;
    assert_eq!((world.votes(2).await?, world.votes(1).await?), ((99, 1), (other, 0)));
    let gone = Film::delete_by_id(2).exec_with_returning_and_invalidate(&world.db).await?;
    assert_eq!(gone.map(|film| film.votes), Some(99));
    assert_eq!(Film::find_cached(&world.db, 2).await?, None);
    Ok(())
}

async fn run(url: &str) -> Tested {
    let schema = format!("gcache_sea_orm_{}", std::process::id());
    let world = World::new(url, &schema).await?;
    macro_rules! tests {
        ($($test:path),* $(,)?) => {{
            let mut passed = 0;
            $(
                $test(&world).await?;
                println!("test {} ... ok", stringify!($test).replace(' ', ""));
                passed += 1;
            )*
            passed
        }};
    }
    let passed = tests![
        saves_end_what_they_change,
        many_are_asked_for_once,
        transactions_are_followed,
        a_commit_that_fails_ends_it,
        a_savepoint_that_cannot_begin_leaves_nothing_stale,
        a_transaction_that_gcache_does_not_know_of,
        the_old_row_is_locked,
        own_view::a_policy_on_rows_is_obeyed,
        own_view::a_snapshot_shows_no_row_that_is_newer,
        own_view::a_lock_is_asked_for,
        own_view::a_trigger_moves_the_row,
        leavers::whoever_leaves_leaves_nothing_stale,
        leavers::a_lost_connection_leaves_nothing_stale,
        tenants::connections_at_random,
        returned_rows_end,
    ];
    let role = world.role();
    let drop = format!("DROP SCHEMA {schema} CASCADE; DROP OWNED BY {role}; DROP ROLE {role}");
    world.db.execute_unprepared(&drop).await?;
    println!("\ntest result: ok. {passed} passed; 0 failed; 0 ignored");
    Ok(())
}

#[tokio::main]
async fn main() -> Tested {
    match std::env::var("DATABASE_URL") {
        Ok(url) if url.starts_with("postgres") => run(&url).await,
        _ => {
            println!(
                "NOT RUN: the tests with PostgreSQL need a server: set DATABASE_URL to postgres://.."
            );
            println!("\ntest result: ok. 0 passed; 0 failed; all ignored");
            Ok(())
        }
    }
}
