//! One thread of the site: asks, answers, judges.

use crate::catalogue::Catalogue;
use crate::db::Db;
use crate::mix::{Plan, Request};
use crate::outcome::Tally;
use crate::serve::Served;
use crate::service::{self, Answer, Rated};
use crate::witness::{Verdict, Versions, Witness};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A thread of the site, with a connection of its own.
pub(crate) struct Worker<'a> {
    db: Db,
    catalogue: &'a Catalogue,
    witness: &'a Witness,
    tally: Tally,
}

impl<'a> Worker<'a> {
    /// A thread that has done nothing yet.
    pub(crate) fn new(db: Db, catalogue: &'a Catalogue, witness: &'a Witness) -> Self {
        Self { db, catalogue, witness, tally: Tally::default() }
    }

    /// Answers the requests of `plan` until it is stopped.
    pub(crate) fn work(
        mut self,
        plan: &Plan,
        served: &Served,
        stop: &AtomicBool,
    ) -> rusqlite::Result<Tally> {
        for request in plan.requests() {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            self.answer(request)?;
            served.set(self.tally.reads + self.tally.writes);
        }
        self.tally.statements = self.db.statements();
        Ok(self.tally)
    }

    fn answer(&mut self, request: Request) -> rusqlite::Result<()> {
        let (catalogue, witness) = (self.catalogue, self.witness);
        match request {
            Request::Page { movie } => {
                let id = catalogue.movies[movie].id;
                self.read(&witness.movies[movie], |db| service::movie_page(db, id))
            }
            Request::Best { genre } => {
                let name = &catalogue.genres[genre];
                self.read(&witness.genres[genre], |db| service::best_of_genre(db, name))
            }
            Request::Feed { user } => {
                self.read(&witness.feeds[user], |db| service::user_feed(db, user))
            }
            Request::Rate { movie, stars } => self.rate(movie, stars),
            Request::Post { user, movie } => self.post(user, movie),
        }
    }

    /// Asks, and judges the answer.
    fn read(
        &mut self,
        versions: &Versions,
        ask: impl FnOnce(&Db) -> rusqlite::Result<Arc<Answer>>,
    ) -> rusqlite::Result<()> {
        let asked = versions.ask();
        let answer = ask(&self.db)?;
        match asked.judge(answer.version) {
            Verdict::Right => {}
            Verdict::Stale => self.tally.stale += 1,
            Verdict::FromTheFuture => self.tally.from_the_future += 1,
        }
        self.tally.reads += 1;
        self.tally.bytes += answer.text.len() as u64;
        Ok(())
    }

    fn rate(&mut self, movie: usize, stars: u8) -> rusqlite::Result<()> {
        let of_movie = &self.witness.movies[movie];
        let of_genre = self.catalogue.genre_of[movie].map(|genre| &self.witness.genres[genre]);
        of_movie.begin();
        of_genre.inspect(|versions| versions.begin());
        let Rated { movie, genre } =
            service::rate(&self.db, self.catalogue.movies[movie].id, stars)?;
        of_movie.settle(movie);
        if let (Some(versions), Some(genre)) = (of_genre, genre) {
            versions.settle(genre);
        }
        self.tally.writes += 1;
        Ok(())
    }

    fn post(&mut self, user: usize, movie: usize) -> rusqlite::Result<()> {
        let versions = &self.witness.feeds[user];
        versions.begin();
        let version = service::post(&self.db, user, self.catalogue.movies[movie].id)?;
        versions.settle(version);
        self.tally.writes += 1;
        Ok(())
    }
}
