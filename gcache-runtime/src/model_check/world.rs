//! What scenarios are made of: a model with two rows, and cached functions of them.

use crate::group::{Group, Groups, invalidate, invalidate_all, member};
use crate::ledger::Ledger;
use crate::private::{Begun, Call, ReturnOf, Site, checked};
use crate::sync::{Arc, AtomicU64, Ordering};
use shuttle::thread;
use std::sync::atomic::AtomicU64 as Noted;

/// The model.
pub(crate) enum Book {}

impl Group for Book {
    type Key = u32;
    type Itself = Self;

    fn ledger() -> &'static Ledger<u32> {
        static LEDGER: Ledger<u32> = Ledger::new("book", &[]);
        &LEDGER
    }
}

/// A row of the database.
#[derive(Debug, Default)]
pub(crate) struct Row {
    value: AtomicU64,
    /// The last value whose bump has returned. Noted in no step of its own, so always in time.
    bumped: Noted,
}

impl Row {
    /// What a body reads.
    pub(crate) fn read(&self) -> u64 {
        self.value.load(Ordering::SeqCst)
    }

    /// Writes `value`, ends what depends on it by `bump`, and notes that this has returned.
    pub(crate) fn write(&self, value: u64, bump: impl FnOnce()) {
        self.value.store(value, Ordering::SeqCst);
        bump();
        self.bumped.fetch_max(value, Ordering::Relaxed);
    }

    /// Promise 1: what a call returns is no older than what was bumped before it began.
    pub(crate) fn check(&self, call: impl FnOnce() -> u64) -> u64 {
        let bumped = self.bumped.load(Ordering::Relaxed);
        let value = call();
        assert!(value >= bumped, "stale: {value} was returned after the bump of {bumped}");
        value
    }
}

/// Runs each of `work` on a thread of its own.
pub(crate) fn together<const N: usize>(work: [Box<dyn FnOnce() + Send>; N]) {
    let threads = work.map(thread::spawn);
    for thread in threads {
        thread.join().expect("a panic ends the execution");
    }
}

/// A cached call, as generated code makes it.
pub(crate) fn cached<G: Groups>(
    site: &'static Site,
    key: u32,
    groups: impl FnOnce() -> G,
    body: impl FnOnce() -> u64,
) -> u64 {
    let shape = checked::<u64, _, _>(ReturnOf::<u64>::new().whole());
    let config = |config| config;
    let call = Call { site, shape, bypass: false, query: (&key, ()), config, groups };
    match call.begin() {
        Begun::Hit(value) => value,
        Begun::Miss(miss) => miss.run(body),
    }
}

/// The cached value of a row, which depends on its key.
pub(crate) fn view(row: &Row) -> u64 {
    static SITE: Site = Site::new("view");
    cached(&SITE, 1, || (member::<Book>(1), ()), || row.read())
}

/// A new row, with nothing cached of it.
pub(crate) fn row() -> Arc<Row> {
    invalidate_all::<Book>();
    crate::of(view).clear();
    Arc::new(Row::default())
}

pub(crate) fn invalidate_book() {
    invalidate(&member::<Book>(1));
}
