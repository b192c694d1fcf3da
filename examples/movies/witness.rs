//! The check of every answer: not older than what was written before, not newer than what was begun.

use crate::catalogue::Catalogue;
use crate::mix::USERS;
use std::iter::repeat_with;
use std::sync::atomic::{AtomicI64, Ordering};

/// What is known of the writes to everything that is versioned.
pub(crate) struct Witness {
    pub(crate) movies: Vec<Versions>,
    pub(crate) genres: Vec<Versions>,
    pub(crate) feeds: Vec<Versions>,
}

impl Witness {
    /// Knows of no writes yet.
    pub(crate) fn new(catalogue: &Catalogue) -> Self {
        let unwritten = |count| repeat_with(Versions::default).take(count).collect();
        Self {
            movies: unwritten(catalogue.movies.len()),
            genres: unwritten(catalogue.genres.len()),
            feeds: unwritten(USERS),
        }
    }
}

/// What is known of the writes to one film, to the films of one genre, or to one feed.
///
/// Each write raises the version by one, inside a transaction that excludes all others, so that the
/// order of versions is the order of commits: rows read after the commit of version `v` have version
/// `v` or a later one. Hence:
///
/// - A write is *settled* after its commit and its invalidation have returned. An answer asked for
///   after that must have been read after that commit, and one of a lesser version is **stale**: it
///   was kept too long.
/// - A write is *begun* before its transaction. Version `v` exists only after `v` writes were begun,
///   so an answer of a greater version than writes were begun has come **from the future**: the
///   check itself would be broken.
///
/// The order of the counters is what makes it sound: a reader takes the least version before it asks
/// and the greatest after it was answered; a write between the two is neither demanded nor refused.
#[derive(Default)]
pub(crate) struct Versions {
    begun: AtomicI64,
    settled: AtomicI64,
}

impl Versions {
    /// Notes that a write is about to begin.
    pub(crate) fn begin(&self) {
        self.begun.fetch_add(1, Ordering::SeqCst);
    }

    /// Notes that the write of `version` and its invalidation have returned.
    pub(crate) fn settle(&self, version: i64) {
        self.settled.fetch_max(version, Ordering::SeqCst);
    }

    /// Takes what an answer has to know that is asked for from now on.
    pub(crate) fn ask(&self) -> Asked<'_> {
        Asked { versions: self, least: self.settled.load(Ordering::SeqCst) }
    }
}

/// A question under way.
pub(crate) struct Asked<'a> {
    versions: &'a Versions,
    least: i64,
}

/// What an answer was worth.
pub(crate) enum Verdict {
    /// It shows what it has to.
    Right,
    /// It shows less than was written before it was asked for.
    Stale,
    /// It shows more than anyone has begun to write.
    FromTheFuture,
}

impl Asked<'_> {
    /// Judges the answer.
    pub(crate) fn judge(&self, version: i64) -> Verdict {
        if version < self.least {
            Verdict::Stale
        } else if version > self.versions.begun.load(Ordering::SeqCst) {
            Verdict::FromTheFuture
        } else {
            Verdict::Right
        }
    }
}
