//! Films in SQLite: what each step asks the database, and what it ends.

use gcache::cache_against;
use gcache_sea_orm::{
    Cacheable, CachedEntity, Connection, ExecAndInvalidate, by_index, transaction,
};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, Database, DatabaseConnection, DbErr, EntityTrait, ExprTrait,
    IntoActiveModel, QueryFilter, Set, TransactionError,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[allow(unused_qualifications, unreachable_pub, reason = "SeaORM's derives have them")]
mod film {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, gcache::Invalidates)]
    #[sea_orm(table_name = "film")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub title: String,
        #[group(index)]
        pub genre: String,
        pub votes: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    gcache_sea_orm::cached_entity!();
}

const SCHEMA: &str = "
    CREATE TABLE film (
        id INTEGER PRIMARY KEY,
        title TEXT NOT NULL,
        genre TEXT NOT NULL,
        votes INTEGER NOT NULL DEFAULT 0
    );
    INSERT INTO film (title, genre) VALUES
        ('Vertigo', 'thriller'), ('Psycho', 'horror'), ('The Shining', 'horror'), ('Spartacus', 'drama');
";

/// A page of one film: ends with that film.
#[cache_against(film::Model(id), skip(db))]
async fn page(db: &impl Connection, id: i64) -> Result<String, DbErr> {
    let film = film::Entity::find_cached(db, id).await?;
    Ok(film.map_or("-".to_owned(), |film| format!("{} ({} votes)", film.title, film.votes)))
}

/// The films of a genre: ends when one of them changes, or one comes or goes.
async fn of_genre(db: &impl Connection, genre: &str) -> Result<Vec<String>, DbErr> {
    let films = film::Entity::find().filter(film::Column::Genre.eq(genre));
    let group = by_index::<film::Model, _>(|film| &film.genre, genre);
    let films = films.cached_against(group).all(db).await?;
    Ok(films.iter().map(|film| film.title.clone()).collect())
}

/// Prints what everybody sees, and how many statements it takes to see it.
async fn look(world: &World, expected: usize) -> Result<(), DbErr> {
    let World { db, asked } = world;
    let wrote = asked.swap(0, Ordering::SeqCst);
    for id in 1..=4 {
        println!("    {}", page(db, id).await?);
    }
    for genre in ["thriller", "horror", "drama"] {
        println!("    {genre}: {}", of_genre(db, genre).await?.join(", "));
    }
    let asked = asked.swap(0, Ordering::SeqCst);
    println!("    {wrote} statements before, {asked} to show this\n");
    assert_eq!(asked, expected);
    Ok(())
}

struct World {
    db: DatabaseConnection,
    asked: Arc<AtomicUsize>,
}

async fn connect() -> Result<World, DbErr> {
    let mut db = Database::connect("sqlite::memory:").await?;
    db.execute_unprepared(SCHEMA).await?;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    db.set_metric_callback(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
    });
    Ok(World { db, asked })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), DbErr> {
    let world = connect().await?;
    let db = &world.db;
    println!("at first everything is asked for");
    look(&world, 7).await?;
    println!("then nothing");
    look(&world, 0).await?;

    println!("a vote for Psycho: its page and the horror films");
    let psycho = film::Entity::find_cached(db, 2).await?.expect("it is there");
    let mut psycho = psycho.into_active_model();
    psycho.votes = Set(1);
    let mut psycho = psycho.update(db).await?.into_active_model();
    look(&world, 2).await?;

    println!(
        "Psycho becomes a thriller: its page, and all genres, since where it was is not known"
    );
    psycho.genre = Set("thriller".to_owned());
    psycho.update(db).await?;
    look(&world, 4).await?;

    println!("a transaction that fails: nothing");
    let failed = transaction(db, async |txn| {
        film::Entity::find_cached(txn, 1).await?.expect("it is there").delete(txn).await?;
        Err::<(), _>(DbErr::Custom("on second thoughts".to_owned()))
    })
    .await;
    assert!(matches!(failed, Err(TransactionError::Transaction(_))));
    look(&world, 0).await?;

    println!(
        "a vote for all horror films in one statement: the rows that it returns, and all genres"
    );
    let update = film::Entity::update_many()
        .col_expr(film::Column::Votes, Expr::col(film::Column::Votes).add(1))
        .filter(film::Column::Genre.eq("horror"));
    update.exec_with_returning_and_invalidate(db).await?;
    look(&world, 4).await?;

    println!("{}", gcache::stats());
    Ok(())
}
