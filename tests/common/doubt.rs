//! A write that is given up, and what depends on it meanwhile.
#![allow(unused_macros, unused_imports, reason = "each test file uses some of it")]

use super::{PATIENCE, poll_once};
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// A database of one value, with one statement at a time. A statement that was sent is done when the database
/// is done with it, whoever waits for the answer.
pub(crate) struct Database(Mutex<Work>);

struct Work {
    value: u64,
    /// What the statement under way is about to set.
    sent: Option<u64>,
    waiting: Option<Waker>,
}

impl Database {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Work { value: 0, sent: None, waiting: None }))
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn read(&self) -> u64 {
        self.work().value
    }

    /// Sends a statement, and waits for its answer.
    pub(crate) async fn write(&self, value: u64) {
        self.work().sent = Some(value);
        poll_fn(|task| {
            let mut work = self.work();
            work.waiting = Some(task.waker().clone());
            if work.sent.is_none() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Begins again.
    pub(crate) fn reset(&self) {
        self.work().value = 0;
    }

    /// Is done with the statement that was sent.
    pub(crate) fn finish(&self) {
        let mut work = self.work();
        work.value = work.sent.take().expect("a statement was sent");
        let waiting = work.waiting.take();
        drop(work);
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }
}

/// A doubt that a test can wait for.
const DOUBT: Duration = Duration::from_millis(400);

/// For how long a value is used that was computed in it.
pub(crate) const USE: Duration = Duration::from_millis(40);

/// Sets [`DOUBT`], which is the same in all tests of a file.
pub(crate) fn in_doubt() {
    gcache::set_doubt(DOUBT);
}

/// How often a group was left in doubt whose name ends with `name`.
pub(crate) fn doubts(name: &str) -> u64 {
    let groups = gcache::stats().groups;
    groups.iter().find(|group| group.name.ends_with(name)).map_or(0, |group| group.doubts)
}

/// Waits until `is_fresh`, which is to happen some time.
pub(crate) fn is_fresh_at_last(mut is_fresh: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_fresh() {
        assert!(begun.elapsed() < PATIENCE, "stale for good");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until the doubts that have begun by now are over.
pub(crate) fn doubt_is_over() {
    thread::sleep(DOUBT);
}

/// Drops `write` while the database is at it; somebody reads before the database is done. In the end everyone
/// reads what is there.
pub(crate) fn leave<W: Future>(database: &Database, write: W, read: impl Fn() -> u64) {
    in_doubt();
    assert_eq!(read(), 0);
    let mut write = Box::pin(write);
    poll_once(&mut write);
    assert_eq!(read(), 0, "a hit");
    drop(write);
    assert_eq!(read(), 0, "the database is not done");
    database.finish();
    is_fresh_at_last(|| read() == 1);
}

/// A model that a write may change, with a cached function for each kind of its groups.
macro_rules! world {
    () => {
        world!("film");
    };
    ($name:literal) => {
        #[derive(Clone, Debug, Invalidates)]
        #[group(name = $name)]
        struct Film {
            id: u64,
            #[group(index)]
            genre: u64,
        }
        static DATABASE: $crate::common::doubt::Database = $crate::common::doubt::Database::new();

        #[allow(dead_code, reason = "some tests look at less")]
        #[cache_against(Film(1))]
        fn by_key() -> u64 {
            DATABASE.read()
        }
        #[allow(dead_code, reason = "some tests look at less")]
        #[cache_against(Film(genre = 1))]
        fn by_index() -> u64 {
            DATABASE.read()
        }
        #[allow(dead_code, reason = "some tests look at less")]
        #[cache_against(Film)]
        fn of_all() -> u64 {
            DATABASE.read()
        }
        #[allow(dead_code, reason = "some tests look at less")]
        fn film() -> Film {
            Film { id: 1, genre: 1 }
        }
        #[allow(dead_code, reason = "some tests look at less")]
        fn all() -> u64 {
            let all = [by_key(), by_index(), of_all()];
            if all == [0; 3] { 0 } else { u64::from(all == [1; 3]) }
        }
    };
}
pub(crate) use world;
