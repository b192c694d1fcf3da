//! The films of `examples/data/movies.csv`, and the database that begins with them.

use crate::db::Db;
use crate::mix::USERS;
use crate::movie::Movie;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The films as they are before anyone rates them.
pub(crate) struct Catalogue {
    /// The films, the one with the most votes first.
    pub(crate) movies: Vec<Movie>,
    /// The genres, the one with the most films first.
    pub(crate) genres: Vec<String>,
    /// The place in `genres` of each film's genre.
    pub(crate) genre_of: Vec<Option<usize>>,
}

/// A line of the file; an empty field is an unknown value.
type Line = (
    i64,
    String,
    Option<String>,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<f64>,
    Option<i64>,
    Option<u32>,
);

/// How many posts a user's feed begins with.
const FIRST_POSTS: usize = 10;

/// A version counts the writes to a film or to any film of a genre, and goes with the rows.
const SCHEMA: &str = "
    CREATE TABLE movie (
        id INTEGER PRIMARY KEY,
        title TEXT NOT NULL,
        director TEXT,
        released TEXT NOT NULL,
        distributor TEXT,
        genre TEXT REFERENCES genre,
        mpaa TEXT,
        rating REAL,
        votes INTEGER NOT NULL,
        gross INTEGER,
        version INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX movie_best ON movie (genre, rating DESC, votes);
    CREATE TABLE genre (
        name TEXT PRIMARY KEY,
        version INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE TABLE post (
        user INTEGER NOT NULL,
        version INTEGER NOT NULL,
        movie INTEGER NOT NULL REFERENCES movie,
        PRIMARY KEY (user, version)
    ) WITHOUT ROWID;";

impl Catalogue {
    /// Reads the file, which is part of the program: nothing has to be found at run time.
    pub(crate) fn read() -> Result<Self, csv::Error> {
        let file = include_bytes!("../data/movies.csv");
        let mut movies = csv::Reader::from_reader(file.as_slice())
            .into_deserialize()
            .map(|line| line.map(movie))
            .collect::<Result<Vec<Movie>, _>>()?;
        movies.sort_by_key(|movie| (Reverse(movie.votes), movie.id));
        let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
        for genre in movies.iter().filter_map(|movie| movie.genre.as_deref()) {
            *sizes.entry(genre).or_default() += 1;
        }
        let mut genres: Vec<String> = sizes.keys().map(|&genre| genre.to_owned()).collect();
        genres.sort_by_key(|genre| Reverse(sizes[genre.as_str()]));
        let place = |genre: &String| genres.iter().position(|known| known == genre);
        let genre_of = movies.iter().map(|movie| movie.genre.as_ref().and_then(place)).collect();
        Ok(Self { movies, genres, genre_of })
    }

    /// Writes it all into an empty database, with some posts in every feed.
    pub(crate) fn store(&self, db: &Db) -> rusqlite::Result<()> {
        db.define(SCHEMA)?;
        db.transaction(|| {
            for genre in &self.genres {
                db.run("INSERT INTO genre (name) VALUES (?1)", [genre])?;
            }
            self.movies.iter().try_for_each(|movie| insert(db, movie))?;
            for user in 0..USERS {
                self.store_feed(db, user)?;
            }
            Ok(())
        })
    }

    fn store_feed(&self, db: &Db, user: usize) -> rusqlite::Result<()> {
        let movies = self.movies.iter().cycle().skip(user).take(FIRST_POSTS);
        for (version, movie) in (1 - FIRST_POSTS.cast_signed()..).zip(movies) {
            // The last of them has version 0, as films and genres begin with.
            let values = (user.cast_signed(), version, movie.id);
            db.run("INSERT INTO post (user, version, movie) VALUES (?1, ?2, ?3)", values)?;
        }
        Ok(())
    }
}

fn movie(line: Line) -> Movie {
    let (id, title, director, released, distributor, genre, mpaa, rating, votes, gross) = line;
    Movie {
        id,
        title,
        director,
        released,
        distributor,
        genre,
        mpaa,
        rating,
        votes: votes.unwrap_or(0),
        gross,
    }
}

fn insert(db: &Db, movie: &Movie) -> rusqlite::Result<()> {
    let Movie { id, title, director, released, distributor, genre, mpaa, rating, votes, gross } =
        movie;
    let columns = Movie::COLUMNS;
    db.run(
        &format!("INSERT INTO movie ({columns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
        (id, title, director, released, distributor, genre, mpaa, rating, votes, gross),
    )
}
