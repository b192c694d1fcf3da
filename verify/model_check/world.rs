//! What scenarios are made of: a model, rows of it, and cached functions.

use crate::config::Config;
use crate::groups::ModelGenerations;
use crate::groups::depends_on;
use crate::groups::{Group, Groups, Tag, invalidate, invalidate_tag, member, whole};
use crate::key::KeyPart;
use crate::links::Codec;
use crate::private::{Call, CallSite, Lookup};
use crate::returns::{Storable, StoreAll};
use crate::sync::{Arc, AtomicU64, Ordering};
use shuttle::thread;
use std::sync::atomic::AtomicU64 as Noted;

/// The model.
pub(crate) enum Book {}

impl Group for Book {
    type Key = u32;
    type Itself = Self;

    fn generations() -> &'static ModelGenerations<u32> {
        static GENERATIONS: ModelGenerations<u32> =
            ModelGenerations::new("book", Codec::Unknown, None, &[]);
        &GENERATIONS
    }
}

/// A row of the database, and what is known of its past.
///
/// What is noted is noted in no step of its own: no other thread goes on between what happened and
/// the note of it.
#[derive(Debug, Default)]
pub(crate) struct Row {
    value: AtomicU64,
    /// The last value whose invalidation has begun.
    pub(crate) invalidating: Noted,
    /// The last value whose invalidation has returned.
    invalidated: Noted,
    /// How many bodies have read it.
    pub(crate) reads: Noted,
}

impl Row {
    /// What a body reads.
    pub(crate) fn read(&self) -> u64 {
        let value = self.value.load(Ordering::SeqCst);
        self.reads.fetch_add(1, Ordering::Relaxed);
        value
    }

    /// Changes the row alone. Values only grow, so that a greater one is a younger one.
    pub(crate) fn store(&self, value: u64) {
        self.value.fetch_max(value, Ordering::SeqCst);
    }

    /// Changes the row and then ends what depends on it.
    pub(crate) fn write<R>(&self, value: u64, invalidation: impl FnOnce() -> R) {
        self.store(value);
        self.invalidating.fetch_max(value, Ordering::Relaxed);
        invalidation();
        self.note_invalidated(value);
    }

    /// Notes that the invalidation of `value` has returned.
    pub(crate) fn note_invalidated(&self, value: u64) {
        self.invalidated.fetch_max(value, Ordering::Relaxed);
    }

    /// Promise 1: what a call returns is no older than what had been invalidated before it began.
    pub(crate) fn check(&self, call: impl FnOnce(&Self) -> u64) -> u64 {
        let invalidated = self.invalidated.load(Ordering::Relaxed);
        let value = call(self);
        assert!(
            value >= invalidated,
            "stale: {value} was returned after the invalidation of {invalidated}"
        );
        value
    }

    /// [`check`](Self::check), with nobody else about: a second call finds what the first has stored.
    pub(crate) fn check_kept(&self, call: impl Fn(&Self) -> u64) -> u64 {
        let value = self.check(&call);
        let reads = self.reads();
        assert_eq!(self.check(&call), value);
        assert_eq!(self.reads(), reads, "not stored, though nothing was invalidated");
        value
    }

    /// How many bodies have read it.
    pub(crate) fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }
}

/// A new row, with nothing cached and nothing alive.
pub(crate) fn row() -> Arc<Row> {
    crate::set_enabled(true);
    crate::clear();
    invalidate_all::<Book>();
    invalidate_all::<Tag>();
    Arc::new(Row::default())
}

/// What one thread does.
pub(crate) type Work = Box<dyn FnOnce() + Send>;

/// Does `work` with a row, on a thread of its own.
pub(crate) fn with<R>(row: &Arc<Row>, work: impl FnOnce(&Row) -> R + Send + 'static) -> Work {
    let row = Arc::clone(row);
    Box::new(move || {
        work(&row);
    })
}

/// Runs each of `work` on a thread, until all have ended.
pub(crate) fn together<const N: usize>(work: [Work; N]) {
    let threads = work.map(thread::spawn);
    for thread in threads {
        thread.join().expect("a panic ends the execution");
    }
}

/// A cached call, as generated code makes it.
pub(crate) fn begin<S: Storable<Stored = u64>, K: KeyPart, G: Groups>(
    site: &'static CallSite,
    storable: S,
    key: &K,
    groups: impl FnOnce() -> G,
    config: fn(Config<K::Owned, u64>) -> Config<K::Owned, u64>,
) -> Lookup<S, K::Owned, G> {
    Call::new(site, storable, key, groups).config(config).begin()
}

/// A call of a function that returns a number.
pub(crate) fn call<G: Groups>(
    site: &'static CallSite,
    key: u32,
    groups: impl FnOnce() -> G,
    body: impl FnOnce() -> u64,
) -> u64 {
    let storable = StoreAll::<u64>::NEW;
    match begin(site, storable, &key, groups, |config| config) {
        Lookup::Hit(value) => value,
        Lookup::Miss(miss) => miss.run(body),
    }
}

/// `#[cache_against(Book(1), skip(read))]`; not generic, since that would be a memo for each `read`.
pub(crate) fn view_by(read: &dyn Fn() -> u64) -> u64 {
    static SITE: CallSite = CallSite::new("view");
    call(&SITE, 1, || (member::<Book>(1), ()), read)
}

/// `#[cache_against(Book(1), skip(row))]`
pub(crate) fn view(row: &Row) -> u64 {
    view_by(&|| row.read())
}

/// `#[cache_against("page", skip(row))]`: calls [`view`].
pub(crate) fn page(row: &Row) -> u64 {
    static SITE: CallSite = CallSite::new("page");
    call(&SITE, 1, || (member::<Tag>("page"), ()), || view(row))
}

/// `#[cache_against("list", skip(row))]`: finds out that it depends on `Book(1)` after it has read.
pub(crate) fn list(row: &Row) -> u64 {
    static SITE: CallSite = CallSite::new("list");
    let read = || {
        let value = row.read();
        depends_on(&(member::<Book>(1), ()));
        value
    };
    call(&SITE, 1, || (member::<Tag>("list"), ()), read)
}

/// Ends what depends on any member of `G`.
pub(crate) fn invalidate_all<G: Group>() {
    invalidate(&whole::<G>());
}

/// Ends what depends on the row.
pub(crate) fn invalidation() {
    invalidate(&member::<Book>(1));
}

/// Ends the tag that [`page`] depends on.
pub(crate) fn invalidate_page() {
    invalidate_tag("page");
}
