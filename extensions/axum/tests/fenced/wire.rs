//! A link whose other end is the test. The tests of other extensions use it as well.
#![allow(dead_code, reason = "each of them uses some of it")]

use gcache::link::{
    BoxFuture, Covers, Handle, Link, NamedGroup, Receipt, Transport, Unreachable, link,
};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// What the others answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    Answer,
    AreUnreachable,
    AreSilent,
}

/// What the link does where something is to be told.
type Publish = Box<dyn Fn(Vec<NamedGroup>) + Send + Sync>;

struct Shared {
    publish: Publish,
    others: watch::Sender<Others>,
    asked: Mutex<Vec<String>>,
    told: Mutex<Vec<Vec<NamedGroup>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Notes a question, and answers as the others do.
    fn answer<T: Send + 'static>(
        &self,
        question: String,
        answer: T,
    ) -> BoxFuture<'_, Result<T, Unreachable>> {
        lock(&self.asked).push(question);
        let mut others = self.others.subscribe();
        Box::pin(async move {
            let said = others.wait_for(|others| *others != Others::AreSilent).await;
            match *said.map_err(|_| Unreachable)? {
                Others::Answer => Ok(answer),
                _ => Err(Unreachable),
            }
        })
    }
}

impl Transport for Shared {
    fn publish(&self, _: u64, groups: Vec<NamedGroup>) {
        lock(&self.told).push(groups.clone());
        (self.publish)(groups);
    }

    fn acknowledged(&self, _: u64) -> BoxFuture<'_, Result<Receipt, Unreachable>> {
        // A text that a cookie cannot hold as it is.
        self.answer("acknowledged".to_owned(), Receipt::new("5eed; 7, \"é\""))
    }

    fn fence(&self) -> BoxFuture<'_, Result<(), Unreachable>> {
        self.answer("fence".to_owned(), ())
    }

    fn caught_up(&self, receipt: &Receipt) -> BoxFuture<'_, Result<(), Unreachable>> {
        self.answer(receipt.to_string(), ())
    }
}

static TURN: Mutex<()> = Mutex::new(());

/// Waits for a turn in which there is no link.
pub(crate) fn turn() -> MutexGuard<'static, ()> {
    lock(&TURN)
}

/// A link of this process, for one test at a time.
pub(crate) struct Wire {
    shared: &'static Shared,
    /// Both are there until the wire is dropped.
    handle: Option<Handle>,
    _turn: MutexGuard<'static, ()>,
}

impl Wire {
    pub(crate) fn new(others: Others) -> Self {
        Self::with(others, |_| {})
    }

    /// One that hands `publish` what is to be told.
    pub(crate) fn with(
        others: Others,
        publish: impl Fn(Vec<NamedGroup>) + Send + Sync + 'static,
    ) -> Self {
        let turn = turn();
        let shared: &'static Shared = Box::leak(Box::new(Shared {
            publish: Box::new(publish),
            others: watch::channel(others).0,
            asked: Mutex::default(),
            told: Mutex::default(),
        }));
        let link = link(Link {
            name: "wire",
            bound: Duration::from_secs(500),
            covers: Covers::All,
            transport: Some(shared),
        });
        let handle = link.expect("it is the only one");
        handle.trust();
        Self { shared, handle: Some(handle), _turn: turn }
    }

    pub(crate) fn others(&self, others: Others) {
        self.shared.others.send_replace(others);
    }

    /// Hears what another process has told.
    pub(crate) fn hear(&self, group: &NamedGroup) {
        self.handle.as_ref().expect("it is linked").invalidate(group);
    }

    /// The questions since the last time.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.shared.asked))
    }

    /// The messages to the others since the last time.
    pub(crate) fn told(&self) -> Vec<Vec<NamedGroup>> {
        std::mem::take(&mut lock(&self.shared.told))
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.handle.take().into_iter().for_each(Handle::unlink);
    }
}
