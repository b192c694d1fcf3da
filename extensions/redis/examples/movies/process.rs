//! One process of the site, linked to the others.

use crate::catalogue::Catalogue;
use crate::db::Db;
use crate::judge::{Observation, Seen, now};
use crate::mix::{Plan, Request, USERS};
use crate::service::{self, Answer, Rated};
use gcache::{Invalidated, Transaction};
use gcache_redis::Link;
use std::error::Error;
use std::io::{self, Write as _};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

/// How long a write may take to be acknowledged, and the link to be ready.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often it tells how many requests it has answered.
const TOLD: Duration = Duration::from_millis(250);

/// What a process is to do.
#[derive(Debug, clap::Args)]
pub(crate) struct Task {
    /// Where the server is
    url: String,
    /// The file of the database
    database: PathBuf,
    /// How many of 1,000 requests are writes
    writes: u32,
    /// Where everything random begins
    seed: u64,
    /// The bound of the link, in milliseconds
    bound: u64,
    /// Whether nothing is cached
    #[arg(long)]
    uncached: bool,
    /// Whether it has no link
    #[arg(long)]
    unlinked: bool,
}

/// A write: what it came to, and what it has invalidated.
type Written = (Invalidated, Vec<(usize, i64)>);

/// Says `ready`, serves from a first line of input to a second one, and prints what was written and answered.
pub(crate) fn work(task: &Task) -> Result<(), Box<dyn Error>> {
    gcache::set_enabled(!task.uncached);
    let link = gcache_redis::connect(&task.url).bounded(Duration::from_millis(task.bound));
    let link = if task.unlinked || task.uncached { None } else { Some(link.start()?) };
    if let Some(link) = &link {
        link.ready_blocking(PATIENCE)?;
    }
    let catalogue = Catalogue::read()?;
    // The processes share the machine.
    let cores = thread::available_parallelism().map_or(1, NonZero::get) as u64;
    let threads = (0..cores.div_ceil(crate::PROCESSES)).map(|thread| {
        let plan = Plan::draw(&catalogue, task.writes, task.seed.wrapping_add(thread << 32))?;
        Ok((Db::open(&task.database)?, plan))
    });
    let threads = threads.collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    let mut orders = io::stdin().lines();
    println!("ready");
    orders.next().ok_or("nobody says when to begin")??;

    let (served, over) = (AtomicU64::new(0), AtomicBool::new(false));
    let (served, over) = (&served, &over);
    let (tell, written) = mpsc::channel();
    let (seen, acknowledged) = thread::scope(|scope| {
        let acknowledged = scope.spawn(|| acknowledge(link.as_ref(), written));
        let mut workers = Vec::new();
        for (db, plan) in threads {
            let worker = Worker { db, catalogue: &catalogue, tell: tell.clone() };
            workers.push(scope.spawn(move || worker.work(&plan, served, over)));
        }
        drop(tell);
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                thread::sleep(TOLD);
                println!("served {}", served.load(Ordering::Relaxed));
            }
        });
        // Whoever started this process ends it so, by its own end too.
        let _ = orders.next();
        over.store(true, Ordering::Relaxed);
        let seen: Vec<_> = workers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        (seen, acknowledged.join())
    });
    let mut output = io::stdout().lock();
    for seen in seen {
        let seen = seen.map_err(|_| "a thread has panicked, see above")??;
        seen.observations()
            .try_for_each(|observation| writeln!(output, "answered {observation}"))?;
    }
    for observation in acknowledged.map_err(|_| "a thread has panicked, see above")?? {
        writeln!(output, "acknowledged {observation}")?;
    }
    Ok(writeln!(output, "over {}", served.load(Ordering::Relaxed))?)
}

/// Waits for each write to be acknowledged: from then on the bound counts. Writers do not wait for it.
fn acknowledge(
    link: Option<&Link>,
    written: Receiver<Written>,
) -> Result<Vec<Observation>, gcache_redis::Unreachable> {
    let mut observations = Vec::new();
    for (invalidated, versions) in written {
        if let Some(link) = link {
            link.acknowledged_blocking(invalidated, PATIENCE)?;
        }
        let time = now();
        observations.extend(versions.into_iter().map(|(what, version)| Observation {
            what,
            version,
            time,
        }));
    }
    Ok(observations)
}

/// A thread of the site, with a connection of its own.
struct Worker<'a> {
    db: Db,
    catalogue: &'a Catalogue,
    tell: Sender<Written>,
}

impl Worker<'_> {
    /// Answers the requests of `plan` until it is over.
    fn work(self, plan: &Plan, served: &AtomicU64, over: &AtomicBool) -> rusqlite::Result<Seen> {
        let (films, genres) = (self.catalogue.movies.len(), self.catalogue.genres.len());
        let mut seen = Seen::new(films + genres + USERS);
        let of_genre = |genre: usize| films + genre;
        let of_user = |user: usize| films + genres + user;
        for request in plan.requests() {
            if over.load(Ordering::Relaxed) {
                break;
            }
            let time = now();
            let mut answered = |what: usize, answer: Arc<Answer>| {
                std::hint::black_box(&answer.text);
                seen.note(what, answer.version, time);
            };
            match request {
                Request::Page { movie } => {
                    let id = self.catalogue.movies[movie].id;
                    answered(movie, service::movie_page(&self.db, id)?);
                }
                Request::Best { genre } => {
                    let name = &self.catalogue.genres[genre];
                    answered(of_genre(genre), service::best_of_genre(&self.db, name)?);
                }
                Request::Feed { user } => {
                    answered(of_user(user), service::user_feed(&self.db, user)?);
                }
                Request::Rate { movie, stars } => {
                    let id = self.catalogue.movies[movie].id;
                    let genre = self.catalogue.genre_of[movie];
                    self.write(
                        || service::rate(&self.db, id, stars),
                        |rated: Rated| {
                            let genre = genre.zip(rated.genre);
                            let genre = genre.map(|(genre, version)| (of_genre(genre), version));
                            [(movie, rated.movie)].into_iter().chain(genre).collect()
                        },
                    )?;
                }
                Request::Post { user, movie } => {
                    let post = || service::post(&self.db, user, self.catalogue.movies[movie].id);
                    self.write(post, |version| vec![(of_user(user), version)])?;
                }
            }
            served.fetch_add(1, Ordering::Relaxed);
        }
        Ok(seen)
    }

    /// Writes, and hands over what was invalidated, all of it as one.
    fn write<T>(
        &self,
        write: impl FnOnce() -> rusqlite::Result<T>,
        versions: impl FnOnce(T) -> Vec<(usize, i64)>,
    ) -> rusqlite::Result<()> {
        let transaction = Transaction::begin();
        let written = transaction.enter(write);
        let invalidated = transaction.commit();
        // Whoever waits for acknowledgements has failed, and says so in the end.
        let _ = self.tell.send((invalidated, versions(written?)));
        Ok(())
    }
}
