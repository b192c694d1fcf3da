//! What is asked for: a mix of reads and writes, the popular more often.

use crate::catalogue::Catalogue;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use rand_distr::{Distribution as _, Zipf};
use std::error::Error;

/// How many users have a feed.
pub(crate) const USERS: usize = 1_000;

/// How many requests are drawn for a thread, which begins again after the last one.
const LENGTH: usize = 1 << 17;

/// The second is asked for half as often as the first, the third a third as often, and so on.
const EXPONENT: f64 = 1.0;

/// What `writes` of the options are counted in.
pub(crate) const OF: u32 = 1_000;

// Of a hundred reads:
const PAGES: u32 = 70;
const BESTS: u32 = 20;
const FEEDS: u32 = 10;
const _: () = assert!(PAGES + BESTS + FEEDS == 100);

/// The mix in words.
pub(crate) fn description(writes: u32) -> String {
    let reads = OF - writes;
    format!(
        "of {OF} requests, {writes} are writes (half of them ratings, half posts) and {reads} reads\n\
         ({PAGES} % film pages, {BESTS} % the best of a genre, {FEEDS} % a user's feed);\n\
         films, genres and users are drawn by Zipf's law with exponent {EXPONENT:.1}"
    )
}

/// One request. Films, genres and users go by their place, the most popular first.
#[derive(Clone, Copy)]
pub(crate) enum Request {
    Page { movie: usize },
    Best { genre: usize },
    Feed { user: usize },
    Rate { movie: usize, stars: u8 },
    Post { user: usize, movie: usize },
}

/// The requests of one thread, drawn before the clock starts: it measures the site, not the dice.
pub(crate) struct Plan(Vec<Request>);

impl Plan {
    /// Draws the requests that `seed` leads to, `writes` of a thousand of them writes.
    pub(crate) fn draw(
        catalogue: &Catalogue,
        writes: u32,
        seed: u64,
    ) -> Result<Self, Box<dyn Error>> {
        let mut dice = Dice {
            rng: StdRng::seed_from_u64(seed),
            movies: zipf(catalogue.movies.len())?,
            genres: zipf(catalogue.genres.len())?,
            users: zipf(USERS)?,
        };
        Ok(Self((0..LENGTH).map(|_| dice.request(writes)).collect()))
    }

    /// The requests, again and again.
    pub(crate) fn requests(&self) -> impl Iterator<Item = Request> {
        self.0.iter().copied().cycle()
    }
}

struct Dice {
    rng: StdRng,
    movies: Zipf<f64>,
    genres: Zipf<f64>,
    users: Zipf<f64>,
}

impl Dice {
    fn request(&mut self, writes: u32) -> Request {
        if self.rng.random_range(0..OF) < writes { self.write() } else { self.read() }
    }

    fn read(&mut self) -> Request {
        let part = self.rng.random_range(0..100);
        if part < PAGES {
            let movie = place(&self.movies, &mut self.rng);
            Request::Page { movie }
        } else if part < PAGES + BESTS {
            let genre = place(&self.genres, &mut self.rng);
            Request::Best { genre }
        } else {
            let user = place(&self.users, &mut self.rng);
            Request::Feed { user }
        }
    }

    fn write(&mut self) -> Request {
        let movie = place(&self.movies, &mut self.rng);
        if self.rng.random() {
            let stars = self.rng.random_range(1..=10);
            Request::Rate { movie, stars }
        } else {
            let user = place(&self.users, &mut self.rng);
            Request::Post { user, movie }
        }
    }
}

fn zipf(count: usize) -> Result<Zipf<f64>, Box<dyn Error>> {
    Ok(Zipf::new(f64::from(u32::try_from(count)?), EXPONENT)?)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rank is a whole number from 1 to the count, which fits"
)]
fn place(zipf: &Zipf<f64>, rng: &mut StdRng) -> usize {
    zipf.sample(rng) as usize - 1
}
