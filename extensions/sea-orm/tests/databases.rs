//! Several databases, and connections that see other rows than their pool: what is cached of one is no answer
//! for another.

mod common;

use common::World;
use common::entities::film::{self, Entity as Film};
use gcache::cache_against;
use gcache_sea_orm::{
    Cacheable as _, CachedEntity as _, Connection, Error, SharedReads, by_index, replica_of,
    same_database, tag, transaction, whole,
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, Database, DatabaseBackend, DatabaseConnection,
    DatabaseExecutor, DbErr, EntityTrait as _, MockDatabase, QueryFilter as _, QuerySelect as _,
    TransactionTrait as _,
};
use std::time::Duration;

/// A database of its own in memory, with one film.
async fn in_memory(title: &str) -> Result<DatabaseConnection, DbErr> {
    let db = Database::connect("sqlite::memory:").await?;
    let schema = "CREATE TABLE film (id INTEGER PRIMARY KEY, title TEXT, genre TEXT, director_id INTEGER, votes INTEGER)";
    db.execute_unprepared(schema).await?;
    db.execute_unprepared(&format!("INSERT INTO film VALUES (1, '{title}', 'drama', 1, 0)"))
        .await?;
    Ok(db)
}

/// The title of film 1 by key, with others, and by a query.
async fn titles(db: &impl Connection) -> Result<[Option<String>; 3], DbErr> {
    let title = |film: film::Model| film.title;
    let one = Film::find_cached(db, 1).await?.map(title);
    let many = Film::find_many_cached(db, [1, 2]).await?.swap_remove(0).map(title);
    let all = Film::find().cached().all(db).await?.first().cloned().map(title);
    Ok([one, many, all])
}

fn all(title: &str) -> [Option<String>; 3] {
    [const { None }; 3].map(|_: Option<String>| Some(title.to_owned()))
}

/// Changes the row behind the cache's back: what is answered after it shows where it comes from.
async fn rename(db: &impl ConnectionTrait, title: &str) -> Result<(), DbErr> {
    db.execute_unprepared(&format!("UPDATE film SET title = '{title}'")).await.map(drop)
}

#[tokio::test]
async fn two_databases_are_two_and_a_clone_is_the_same() -> Result<(), DbErr> {
    let _turn = World::new().await;
    let (first, second) = (in_memory("Vertigo").await?, in_memory("Psycho").await?);
    assert_eq!((titles(&first).await?, titles(&second).await?), (all("Vertigo"), all("Psycho")));
    rename(&first, "Rope").await?;
    assert_eq!(titles(&first.clone()).await?, all("Vertigo"), "a hit");
    let wrapped = DatabaseConnection::from(first.get_sqlite_connection_pool().clone());
    assert_eq!(titles(&wrapped).await?, all("Vertigo"), "the same pool");
    assert_eq!(titles(&DatabaseExecutor::from(&first)).await?, all("Vertigo"), "the same pool");
    Ok(())
}

/// Groups are common to all: a save in one database ends the row of that key in each.
#[tokio::test]
async fn a_save_ends_the_row_in_all_databases() -> Result<(), DbErr> {
    let _turn = World::new().await;
    let (first, second) = (in_memory("Vertigo").await?, in_memory("Psycho").await?);
    titles(&first).await?;
    titles(&second).await?;
    rename(&second, "Psycho II").await?;
    film::invalidate_model(1);
    assert_eq!((titles(&first).await?, titles(&second).await?), (all("Vertigo"), all("Psycho II")));
    Ok(())
}

/// The memory of a pool that is gone is used again for the next one.
#[tokio::test]
async fn a_pool_that_is_gone_is_never_taken_for_a_new_one() -> Result<(), DbErr> {
    let _turn = World::new().await;
    for round in 0..50 {
        let title = format!("film of round {round}");
        let db = in_memory(&title).await?;
        assert_eq!(titles(&db).await?, all(&title));
        if round % 2 == 0 {
            db.close().await?;
        }
    }
    Ok(())
}

/// A pool that is led to another database by its options is another one from there on.
#[tokio::test]
async fn new_options_are_a_new_database() -> Result<(), DbErr> {
    let _turn = World::new().await;
    let db = in_memory("Vertigo").await?;
    titles(&db).await?;
    rename(&db, "Rope").await?;
    let pool = db.get_sqlite_connection_pool();
    pool.set_connect_options((*pool.connect_options()).clone());
    assert_eq!(titles(&db).await?, all("Rope"));
    Ok(())
}

#[tokio::test]
async fn pools_that_are_named_as_one_share() -> Result<(), DbErr> {
    let _turn = World::new().await;
    let (first, second) = (in_memory("Vertigo").await?, in_memory("not seen").await?);
    titles(&second).await?;
    same_database(&first, &second)?;
    assert_eq!((titles(&first).await?, titles(&second).await?), (all("Vertigo"), all("Vertigo")));
    Ok(())
}

#[cache_against("databases: page", skip(replica))]
async fn page(replica: &DatabaseConnection) -> Result<[Option<String>; 3], DbErr> {
    titles(replica).await
}

/// What was read from a replica is no answer for longer than is said, to nobody; what was read from the
/// primary is one for the replica.
#[tokio::test]
async fn what_a_replica_shows_is_not_kept_for_long() -> Result<(), DbErr> {
    let _turn = World::new().await;
    let (primary, replica) = (in_memory("new").await?, in_memory("old").await?);
    replica_of(&primary, &replica, Duration::ZERO)?;
    assert_eq!(titles(&replica).await?, all("old"));
    assert_eq!(page(&replica).await?, all("old"));
    assert_eq!((titles(&primary).await?, titles(&replica).await?), (all("new"), all("new")));
    assert_eq!(page(&replica).await?, all("new"), "nor is what was made of it");
    film::invalidate_model(1);
    replica_of(&primary, &replica, Duration::from_hours(1))?;
    assert_eq!((titles(&replica).await?, titles(&primary).await?), (all("old"), all("old")));
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_told_apart_is_not_shared() -> Result<(), DbErr> {
    let _turn = World::new().await;
    let film = |title: &str| film::Model {
        id: 1,
        title: title.to_owned(),
        genre: "drama".to_owned(),
        director_id: 1,
        votes: 0,
    };
    let mock = |title: &str| {
        let results = std::iter::repeat_n([film(title)], 3);
        MockDatabase::new(DatabaseBackend::Sqlite).append_query_results(results).into_connection()
    };
    assert_eq!(titles(&mock("Vertigo")).await?, all("Vertigo"));
    assert_eq!(titles(&mock("Psycho")).await?, all("Psycho"));
    let db = in_memory("Rope").await?;
    assert_eq!(same_database(&db, &mock("")), Err(Error::NoPool));
    let error = DbErr::from(Error::NoPool);
    assert_eq!(Error::of(&error), Some(&Error::NoPool), "{error}");
    assert_eq!(Error::of(&DbErr::RecordNotUpdated), None);
    assert_eq!(titles(&db).await?, all("Rope"));
    Ok(())
}

/// A connection type of the program's own that says nothing of a pool.
struct Logged(DatabaseConnection);

#[sea_orm::prelude::async_trait::async_trait]
impl ConnectionTrait for Logged {
    fn get_database_backend(&self) -> DatabaseBackend {
        self.0.get_database_backend()
    }

    async fn execute_raw(
        &self,
        statement: sea_orm::Statement,
    ) -> Result<sea_orm::ExecResult, DbErr> {
        self.0.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<sea_orm::ExecResult, DbErr> {
        self.0.execute_unprepared(sql).await
    }

    async fn query_one_raw(
        &self,
        statement: sea_orm::Statement,
    ) -> Result<Option<sea_orm::QueryResult>, DbErr> {
        self.0.query_one_raw(statement).await
    }

    async fn query_all_raw(
        &self,
        statement: sea_orm::Statement,
    ) -> Result<Vec<sea_orm::QueryResult>, DbErr> {
        self.0.query_all_raw(statement).await
    }
}

impl Connection for Logged {}

#[cache_against("databases: own", skip(db))]
async fn of_own(db: &Logged) -> Result<[Option<String>; 3], DbErr> {
    titles(db).await
}

/// A read that is not shared is still one that a cached body depends on.
#[tokio::test]
async fn who_reads_without_sharing_depends_on_it_all_the_same() -> Result<(), DbErr> {
    let _turn = World::new().await;
    let db = Logged(in_memory("Vertigo").await?);
    assert_eq!(of_own(&db).await?, all("Vertigo"));
    rename(&db, "Rope").await?;
    assert_eq!(titles(&db).await?, all("Rope"), "not shared");
    assert_eq!(of_own(&db).await?, all("Vertigo"), "cached by a function of the program's");
    film::invalidate_model(1);
    assert_eq!(of_own(&db).await?, all("Rope"));
    Ok(())
}

#[tokio::test]
async fn a_transaction_asks_the_database() -> Result<(), Box<dyn std::error::Error>> {
    let world = World::new().await;
    let title = async |db: &DatabaseConnection| {
        Ok::<_, DbErr>(Film::find_cached(db, 2).await?.map(|film| film.title))
    };
    title(&world.db).await?;
    Film::find_many_cached(&world.db, [2]).await?;
    Film::find().cached().count(&world.db).await?;
    transaction(&world.db, async |txn| {
        world.asked();
        Film::find_cached(txn, 2).await?;
        Film::find_many_cached(txn, [2]).await?;
        Film::find().cached().count(txn).await?;
        assert_eq!(world.asked(), 3);
        let shared = SharedReads::new(&world.db, txn);
        Film::find_cached(&shared, 2).await?;
        Film::find_many_cached(&shared, [2]).await?;
        Film::find().cached().count(&shared).await?;
        assert_eq!(world.asked(), 0, "asked for");
        film::ActiveModel {
            id: sea_orm::Set(2),
            title: sea_orm::Set("Psycho II".to_owned()),
            ..<film::ActiveModel as sea_orm::ActiveModelTrait>::default()
        }
        .update(txn)
        .await?;
        let own = Film::find_cached(&shared, 2).await?.map(|film| film.title);
        assert_eq!(own.as_deref(), Some("Psycho II"), "its own write");
        Ok::<(), DbErr>(())
    })
    .await?;
    assert_eq!(title(&world.db).await?.as_deref(), Some("Psycho II"));
    let txn = world.db.begin().await?;
    world.asked();
    Film::find_cached(&SharedReads::new(&world.db, &txn), 2).await?;
    assert_eq!(world.asked(), 1, "gcache does not know of it");
    txn.rollback().await?;
    Ok(())
}

/// SQLite has no locks to be asked for, so that it is not asked: see `postgres.rs` for those that have.
#[tokio::test]
async fn a_locking_query_is_no_other_question_to_sqlite() -> Result<(), DbErr> {
    let world = World::new().await;
    for _ in 0..2 {
        Film::find().lock_exclusive().cached().all(&world.db).await?;
    }
    assert_eq!(world.asked(), 1);
    Ok(())
}

/// The same statement under other groups is another question: who names more must not get the result of who
/// names less.
#[tokio::test]
async fn the_same_query_under_other_groups_is_another() -> Result<(), DbErr> {
    let world = World::new().await;
    let drama = || Film::find().filter(film::Column::Genre.eq("drama"));
    let index = || by_index::<film::Model, _>(|film| &film.genre, "drama");
    let careless = async || {
        let films =
            drama().cached_against(tag("databases: no film ends it")).all(&world.db).await?;
        Ok::<_, DbErr>(films[0].title.clone())
    };
    let careful = async || {
        let films = drama().cached_against(index()).all(&world.db).await?;
        Ok::<_, DbErr>(films[0].title.clone())
    };
    assert_eq!(
        (careless().await?, careful().await?, world.asked()),
        ("Spartacus".into(), "Spartacus".into(), 2)
    );
    assert_eq!(
        (careless().await?, careful().await?, world.asked()),
        ("Spartacus".into(), "Spartacus".into(), 0)
    );
    world.db.execute_unprepared("UPDATE film SET title = 'Paths of Glory' WHERE id = 4").await?;
    film::invalidate_model_by_genre("drama");
    assert_eq!(
        (careless().await?, careful().await?),
        ("Spartacus".into(), "Paths of Glory".into())
    );
    // By other values, kinds and lists of groups, too.
    world.asked();
    for _ in 0..2 {
        drama()
            .cached_against(by_index::<film::Model, _>(|film| &film.genre, "horror"))
            .all(&world.db)
            .await?;
        drama().cached_against((index(), tag("databases: more"))).all(&world.db).await?;
        drama().cached_against(whole::<film::Model>()).all(&world.db).await?;
        drama().cached().all(&world.db).await?;
        drama().cached().and_against::<film::Model>(index()).all(&world.db).await?;
    }
    assert_eq!(world.asked(), 4, "the whole model is what `cached` names");
    Ok(())
}
