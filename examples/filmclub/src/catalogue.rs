//! The films that the club begins with: `examples/data/movies.csv`.

use crate::database::write;
use crate::entities::{director, film};
use gcache_sea_orm::ExecAndInvalidate as _;
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    EntityTrait as _, Set, Statement,
};
use serde::Deserialize;
use std::collections::BTreeMap;

const FILMS: &str = include_str!("../../data/movies.csv");

const SCHEMA: &str = "
    CREATE TABLE director (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE film (
        id INTEGER PRIMARY KEY,
        title TEXT NOT NULL,
        director_id INTEGER REFERENCES director (id),
        genre TEXT NOT NULL,
        released TEXT NOT NULL,
        distributor TEXT,
        certificate TEXT,
        gross INTEGER,
        imdb REAL,
        stars INTEGER NOT NULL DEFAULT 0,
        votes INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX film_genre ON film (genre);
    CREATE INDEX film_director ON film (director_id);
    CREATE TABLE rating (
        id INTEGER PRIMARY KEY,
        film_id INTEGER NOT NULL REFERENCES film (id),
        stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 10)
    );
    CREATE INDEX rating_film ON rating (film_id);
";

/// How many rows one statement inserts: SQLite takes 32,766 values at most.
const ROWS: usize = 1_000;

/// A line of the file; an empty field is an unknown value.
#[derive(Deserialize)]
struct Line {
    id: i64,
    title: String,
    director: Option<String>,
    release_date: String,
    distributor: Option<String>,
    genre: Option<String>,
    mpaa: Option<String>,
    imdb_rating: Option<f64>,
    worldwide_gross: Option<i64>,
}

/// Makes the tables in an empty database and fills them with 3,201 films, which no member has rated yet. A database that has
/// them already is left as it is, also if another process is filling it just now.
///
/// # Errors
///
/// The database's.
pub async fn fill(db: &DatabaseConnection) -> Result<(), DbErr> {
    write(db, async |txn| {
        let made = "SELECT name FROM sqlite_master WHERE name = 'film'";
        let made = txn.query_one_raw(Statement::from_string(DbBackend::Sqlite, made)).await?;
        if made.is_none() { make(txn).await } else { Ok(()) }
    })
    .await
}

async fn make(txn: &DatabaseTransaction) -> Result<(), DbErr> {
    txn.execute_unprepared(SCHEMA).await?;
    let lines: Vec<Line> = csv::Reader::from_reader(FILMS.as_bytes())
        .into_deserialize()
        .collect::<Result<_, _>>()
        .map_err(|error| DbErr::Custom(format!("movies.csv: {error}")))?;
    let names = lines.iter().filter_map(|line| line.director.clone());
    let mut directors: BTreeMap<String, i64> = names.map(|name| (name, 0)).collect();
    directors.values_mut().zip(1..).for_each(|(id, number)| *id = number);
    let rows = directors
        .iter()
        .map(|(name, id)| director::ActiveModel { id: Set(*id), name: Set(name.clone()) });
    director::Entity::insert_many(rows).exec_and_invalidate(txn).await?;
    let films: Vec<_> = lines.into_iter().map(|line| film(line, &directors)).collect();
    for rows in films.chunks(ROWS) {
        film::Entity::insert_many(rows.to_vec()).exec_and_invalidate(txn).await?;
    }
    Ok(())
}

fn film(line: Line, directors: &BTreeMap<String, i64>) -> film::ActiveModel {
    film::ActiveModel {
        id: Set(line.id),
        title: Set(line.title),
        director_id: Set(line.director.and_then(|name| directors.get(&name).copied())),
        genre: Set(line.genre.unwrap_or_else(|| "Other".to_owned())),
        released: Set(line.release_date),
        distributor: Set(line.distributor),
        certificate: Set(line.mpaa),
        gross: Set(line.worldwide_gross),
        imdb: Set(line.imdb_rating),
        stars: Set(0),
        votes: Set(0),
    }
}
