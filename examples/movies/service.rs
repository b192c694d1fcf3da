//! What the site can do: three reads that are cached, two writes that say what they change.

use crate::db::Db;
use crate::movie::{Movie, invalidate_movie};
use gcache::{Tag, cache_against, invalidate_tag};
use rusqlite::Result;
use std::fmt::{Arguments, Write as _};
use std::sync::Arc;

/// A piece of text for the browser.
pub(crate) struct Answer {
    /// The text.
    pub(crate) text: String,
    /// How often what it shows had been written to when it was read: the version of the film, of
    /// the genre or of the feed. It is selected by the statement that selects the rest, so it tells
    /// truly how old the answer is.
    pub(crate) version: i64,
}

/// A film's page. It runs once per film, until that film changes; an `Err` is not stored.
#[cache_against(Movie, key = id, skip(db))]
pub(crate) fn movie_page(db: &Db, id: i64) -> Result<Arc<Answer>> {
    // What `Movie::from_row` reads, and the version.
    let sql = "SELECT id, title, director, released, distributor, genre, mpaa, rating, votes, \
               gross, version FROM movie WHERE id = ?1";
    db.one(sql, [id], |row| {
        Ok(Arc::new(Answer { text: Movie::from_row(row)?.to_string(), version: row.get(10)? }))
    })
}

/// The best known films of a genre. Any film may come in or drop out, so it depends on all of them.
#[cache_against(Movie, skip(db))]
pub(crate) fn best_of_genre(db: &Db, genre: &str) -> Result<Arc<Answer>> {
    // An outer join: a genre without such films has a version too.
    let sql = "SELECT genre.version, title, rating, votes FROM genre \
               LEFT JOIN movie ON movie.genre = genre.name AND votes >= 1000 \
               WHERE genre.name = ?1 ORDER BY rating DESC LIMIT 10";
    let mut text = format!("# The best: {genre}\n");
    let versions: Vec<i64> = db.all(sql, [genre], |row| {
        if let Some(title) = row.get::<_, Option<String>>(1)? {
            let (rating, votes): (f64, i64) = (row.get(2)?, row.get(3)?);
            write_line(&mut text, format_args!("{rating:.2} {title} ({votes} votes)"));
        }
        row.get(0)
    })?;
    Ok(Arc::new(Answer { text, version: newest(&versions) }))
}

/// A user's feed. Its group is a free tag, one for each user.
#[cache_against(Tag(feed_tag(user)), skip(db))]
pub(crate) fn user_feed(db: &Db, user: usize) -> Result<Arc<Answer>> {
    let sql = "SELECT post.version, title FROM post JOIN movie ON movie.id = post.movie \
               WHERE user = ?1 ORDER BY post.version DESC LIMIT 10";
    let mut text = format!("# What user {user} has watched\n");
    let versions: Vec<i64> = db.all(sql, [user.cast_signed()], |row| {
        let title: String = row.get(1)?;
        write_line(&mut text, format_args!("{title}"));
        row.get(0)
    })?;
    Ok(Arc::new(Answer { text, version: newest(&versions) }))
}

/// What a rating has come to.
pub(crate) struct Rated {
    /// The film's version.
    pub(crate) movie: i64,
    /// The version of its genre, if that is known.
    pub(crate) genre: Option<i64>,
}

/// Rates a film with 1 to 10 stars.
pub(crate) fn rate(db: &Db, id: i64, stars: u8) -> Result<Rated> {
    let written = db.transaction(|| {
        let sql = "UPDATE movie SET votes = votes + 1, version = version + 1, \
                   rating = (coalesce(rating, 0) * votes + ?2) / (votes + 1) \
                   WHERE id = ?1 RETURNING version, genre";
        let (movie, genre): (i64, Option<String>) =
            db.one(sql, (id, stars), |row| Ok((row.get(0)?, row.get(1)?)))?;
        let sql = "UPDATE genre SET version = version + 1 WHERE name = ?1 RETURNING version";
        let genre = genre.map(|genre| db.one(sql, [genre], |row| row.get(0))).transpose()?;
        Ok(Rated { movie, genre })
    });
    // After the commit, since a value computed before it is the old one; and after a failure too,
    // since a commit that reports an error may have happened.
    invalidate_movie(id);
    written
}

/// Posts a film to a user's feed; returns the feed's version.
pub(crate) fn post(db: &Db, user: usize, movie: i64) -> Result<i64> {
    let written = db.transaction(|| {
        let sql = "INSERT INTO post (user, version, movie) \
                   SELECT ?1, 1 + coalesce(max(version), 0), ?2 FROM post WHERE user = ?1 \
                   RETURNING version";
        db.one(sql, (user.cast_signed(), movie), |row| row.get(0))
    });
    invalidate_tag(feed_tag(user));
    written
}

fn feed_tag(user: usize) -> String {
    format!("feed:{user}")
}

fn write_line(text: &mut String, line: Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _ = writeln!(text, "- {line}");
}

/// The version of an answer of several rows; of none, the one that everything begins with.
fn newest(versions: &[i64]) -> i64 {
    versions.iter().copied().max().unwrap_or(0)
}
