//! Links between processes, as a transport and another process see them.

mod keys;
mod report;
mod told;
mod trust;
mod values;

use gcache::link::{
    BoxFuture, Covers, Handle, Link, NamedGroup, Receipt, Transport, Unreachable, link,
};
use gcache::{Invalidates, cache_against, group};
use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A bound that no test waits for.
const LONG: Duration = Duration::from_secs(3_600);

#[derive(Clone, Debug, PartialEq, Invalidates)]
#[group(name = "links.book", index(author, status))]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
    status: u8,
    #[group(index)]
    key: String,
}

group!(Feed: String, name = "links.feed");
group!(Session: u64, name = "links.session", local);
group!(Account: u64, name = "links.account", secret);

/// How often a body has run.
static RUNS: Mutex<u64> = Mutex::new(0);

fn run() -> u64 {
    let mut runs = RUNS.lock().unwrap_or_else(PoisonError::into_inner);
    *runs += 1;
    *runs
}

#[cache_against(Book(id))]
fn of_book(id: u64) -> u64 {
    run()
}

#[cache_against(Book)]
fn of_books() -> u64 {
    run()
}

#[cache_against(Book(author = author))]
fn of_author(author: u64) -> u64 {
    run()
}

#[cache_against(Book(author = author, status = status))]
fn of_author_and_status(author: u64, status: u8) -> u64 {
    run()
}

#[cache_against(Book(key = key))]
fn of_key(key: &str) -> u64 {
    run()
}

#[cache_against(Feed(user))]
fn of_feed(user: &str) -> u64 {
    run()
}

#[cache_against(Session(id))]
fn of_session(id: u64) -> u64 {
    run()
}

#[cache_against(Account(id))]
fn of_account(id: u64) -> u64 {
    run()
}

#[cache_against("links: front page")]
fn of_tag() -> u64 {
    run()
}

/// Writes down what it is told, and what was true here at that moment.
#[derive(Default)]
struct Recorder(Mutex<Vec<(u64, Vec<String>)>>);

impl Recorder {
    /// What it was told since it was last asked.
    fn told(&self) -> Vec<Vec<String>> {
        std::mem::take(&mut *self.0.lock().unwrap()).into_iter().map(|(_, told)| told).collect()
    }

    /// The only message since it was last asked.
    fn message(&self) -> Vec<String> {
        let mut told = self.told();
        assert_eq!(told.len(), 1, "{told:?}");
        told.remove(0)
    }
}

impl Transport for Recorder {
    fn publish(&self, ticket: u64, groups: Vec<NamedGroup>) {
        let mut told = self.0.lock().unwrap();
        assert!(told.last().is_none_or(|(last, _)| *last < ticket), "in the order of tickets");
        told.push((ticket, groups.iter().map(NamedGroup::to_string).collect()));
    }

    fn acknowledged(&self, ticket: u64) -> BoxFuture<'_, Result<Receipt, Unreachable>> {
        Box::pin(std::future::ready(Ok(Receipt::new(ticket.to_string()))))
    }

    fn fence(&self) -> BoxFuture<'_, Result<(), Unreachable>> {
        Box::pin(std::future::ready(Err(Unreachable)))
    }

    fn caught_up(&self, receipt: &Receipt) -> BoxFuture<'_, Result<(), Unreachable>> {
        let heard = receipt.as_str() == "heard";
        Box::pin(std::future::ready(if heard { Ok(()) } else { Err(Unreachable) }))
    }
}

/// A link that covers all, trusted, for one test at a time.
struct Linked {
    handle: Option<Handle>,
    recorder: &'static Recorder,
    _alone: MutexGuard<'static, ()>,
}

/// One test at a time, since all share the links of the process.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Linked {
    fn new(bound: Duration) -> Self {
        let alone = alone();
        let recorder: &'static Recorder = Box::leak(Box::default());
        let this = Link { name: "links", bound, covers: Covers::All, transport: Some(recorder) };
        let handle = link(this).expect("no other test is linked");
        handle.trust();
        Self { handle: Some(handle), recorder, _alone: alone }
    }

    /// As if another process had invalidated it.
    fn hears(&self, json: &str) {
        self.invalidate(&json.parse().expect("it is a group"));
    }
}

impl Deref for Linked {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        self.handle.as_ref().expect("it is there until it is dropped")
    }
}

impl Drop for Linked {
    fn drop(&mut self) {
        self.handle.take().into_iter().for_each(Handle::unlink);
    }
}

/// What a call of `ask` comes to, before and after `change`: whether it computes anew.
fn ends(ask: impl Fn() -> u64, change: impl FnOnce()) -> bool {
    let before = ask();
    assert_eq!(ask(), before, "it is cached");
    change();
    ask() != before
}
