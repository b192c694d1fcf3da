//! A link whose other end is the test.

use gcache::link::{
    BoxFuture, Covers, Handle, Link, NamedGroup, Receipt, Transport, Unreachable, link,
};
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

/// What the others answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    Answer,
    AreUnreachable,
    AreSilent,
}

#[derive(Debug)]
struct State {
    others: Others,
    told: Vec<Vec<NamedGroup>>,
    asked: Vec<String>,
}

/// A link, for one test at a time.
pub(crate) struct Wire {
    state: &'static Shared,
    /// Both are there until the wire is dropped.
    handle: Option<Handle>,
    _turn: MutexGuard<'static, ()>,
}

#[derive(Debug)]
struct Shared(Mutex<State>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a question, and answers as the others do.
    fn answer<T: Send + 'static>(
        &self,
        question: String,
        answer: T,
    ) -> BoxFuture<'_, Result<T, Unreachable>> {
        self.lock().asked.push(question);
        let mut answer = Some(answer);
        Box::pin(poll_fn(move |_| match self.lock().others {
            Others::Answer => Poll::Ready(Ok(answer.take().expect("it is polled once when ready"))),
            Others::AreUnreachable => Poll::Ready(Err(Unreachable)),
            Others::AreSilent => Poll::Pending,
        }))
    }
}

impl Transport for Shared {
    fn publish(&self, _: u64, groups: Vec<NamedGroup>) {
        self.lock().told.push(groups);
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
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Wire {
    /// Links this process, for one test.
    pub(crate) fn new(others: Others) -> Self {
        let turn = turn();
        let state = State { others, told: Vec::new(), asked: Vec::new() };
        let state: &'static Shared = Box::leak(Box::new(Shared(Mutex::new(state))));
        let link = link(Link {
            name: "wire",
            bound: Duration::from_secs(1),
            covers: Covers::All,
            transport: Some(state),
        });
        let handle = link.expect("it is the only one");
        handle.trust();
        Self { state, handle: Some(handle), _turn: turn }
    }

    pub(crate) fn others(&self, others: Others) {
        self.state.lock().others = others;
    }

    /// The questions since the last time.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().asked)
    }

    /// The messages to the others since the last time.
    pub(crate) fn told(&self) -> Vec<Vec<NamedGroup>> {
        std::mem::take(&mut self.state.lock().told)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.handle.take().into_iter().for_each(Handle::unlink);
    }
}
