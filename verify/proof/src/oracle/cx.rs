//! What an actor works with: its connection, its gates, and the runs of its bodies.

use super::change::Row;
use super::group::Group;
use super::query::{End, How, Key, Query, Seen};
use super::record::Role;
use super::trace::Trace;
use futures::FutureExt as _;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One actor of a program, as its bodies and writes see it.
#[derive(Debug)]
pub(crate) struct Cx {
    pub(crate) actor: usize,
    trace: Arc<Mutex<Trace>>,
    gates: Gates,
    /// How many sync bodies and writes are around what runs now.
    depth: AtomicUsize,
    /// Nested calls are plain calls of the uncached bodies.
    reference: AtomicBool,
    bypass: AtomicBool,
}

/// Places at which bodies and writes stop until the scheduler lets them go on.
#[derive(Debug)]
pub(crate) enum Gates {
    /// Nothing stops.
    Open,
    /// A task comes back to the scheduler, which may say that it is to panic.
    Task(Arc<AtomicBool>),
    /// A thread says that it is there, and waits.
    Thread { arrived: Sender<(usize, Report)>, go: Mutex<Receiver<Go>> },
}

/// What a thread tells the scheduler.
#[derive(Debug)]
pub(crate) enum Report {
    AtGate,
    /// All that it had to do is done.
    Done,
}

/// What the scheduler tells a thread at a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Go {
    On,
    Panic,
}

/// The panic that a program plans.
#[derive(Debug)]
pub(crate) struct Planned;

impl Cx {
    pub(crate) fn new(actor: usize, trace: Arc<Mutex<Trace>>, gates: Gates) -> Self {
        Self {
            actor,
            trace,
            gates,
            depth: AtomicUsize::new(0),
            reference: AtomicBool::new(false),
            bypass: AtomicBool::new(false),
        }
    }

    pub(crate) fn trace(&self) -> MutexGuard<'_, Trace> {
        self.trace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops until the scheduler says to go on.
    pub(crate) async fn gate(&self) {
        if self.reference.load(Ordering::SeqCst) {
            return;
        }
        match &self.gates {
            Gates::Open => {}
            Gates::Task(panics) => {
                if self.depth.load(Ordering::SeqCst) == 0 {
                    futures::pending!();
                    self.trace().moment();
                    if panics.swap(false, Ordering::SeqCst) {
                        resume_unwind(Box::new(Planned));
                    }
                }
            }
            Gates::Thread { arrived, go } => {
                // The scheduler is gone only if the program has failed already.
                let _ = arrived.send((self.actor, Report::AtGate));
                let go = go.lock().unwrap_or_else(PoisonError::into_inner).recv();
                if go != Ok(Go::On) {
                    resume_unwind(Box::new(Planned));
                }
            }
        }
    }

    /// Runs what belongs to a sync function: its gates block, or are open.
    pub(crate) fn now<F: Future>(&self, work: F) -> F::Output {
        let _depth = Depth::enter(&self.depth);
        work.now_or_never().expect("nothing in a sync function waits for the scheduler")
    }

    /// Runs `work` with nested calls that are not cached.
    pub(crate) async fn as_reference<F: Future>(&self, work: F) -> F::Output {
        self.reference.store(true, Ordering::SeqCst);
        let result = work.await;
        self.reference.store(false, Ordering::SeqCst);
        result
    }

    pub(crate) fn is_reference(&self) -> bool {
        self.reference.load(Ordering::SeqCst)
    }

    /// Makes the next call ask for a bypass by its option.
    pub(crate) fn bypass_next(&self) {
        self.trace().actors[self.actor].bypass_next = true;
        self.bypass.store(true, Ordering::SeqCst);
    }

    /// The option `bypass` of every cached function.
    pub(crate) fn asks_for_bypass(&self) -> bool {
        self.bypass.load(Ordering::Relaxed) && self.bypass.swap(false, Ordering::SeqCst)
    }

    /// The body of `query` begins.
    pub(crate) fn body(&self, query: Query, how: How) -> Body<'_> {
        let key = Key { query, how };
        let role = if self.is_reference() { Role::Reference } else { Role::Cached };
        let id = self.trace().begin_run(self.actor, key, role);
        Body { cx: self, id, over: false }
    }
}

struct Depth<'a>(&'a AtomicUsize);

impl<'a> Depth<'a> {
    fn enter(depth: &'a AtomicUsize) -> Self {
        depth.fetch_add(1, Ordering::SeqCst);
        Self(depth)
    }
}

impl Drop for Depth<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A run of a body, as the body sees it.
#[derive(Debug)]
pub(crate) struct Body<'a> {
    pub(crate) cx: &'a Cx,
    pub(crate) id: u64,
    over: bool,
}

impl Body<'_> {
    /// Reads one photo, between two gates.
    pub(crate) async fn photo(&self, id: u32) -> Option<Row> {
        self.look(Group::Photo(id), |data| data.photo(id)).await
    }

    /// Reads a list of photos.
    pub(crate) async fn photos(&self, group: Group) -> Vec<Row> {
        self.look(group, |data| data.photos_in(group)).await
    }

    /// Reads whether a user is there.
    pub(crate) async fn user(&self, id: u32) -> bool {
        self.look(Group::User(id), |data| data.has_user(id)).await
    }

    /// Reads which photos are on the front page.
    pub(crate) async fn front(&self) -> Vec<u32> {
        self.look(Group::Tag(0), |data| data.front().collect()).await
    }

    /// Reads what has no rows.
    pub(crate) async fn content(&self, group: Group) {
        self.look(group, |_| ()).await;
    }

    async fn look<R>(&self, group: Group, look: impl FnOnce(&super::world::Data) -> R) -> R {
        self.cx.gate().await;
        let seen = self.cx.trace().read(self.cx.actor, self.id, group, look);
        self.cx.gate().await;
        seen
    }

    /// Notes that the body depends on `group`, right before it says so to gcache.
    pub(crate) fn finds(&self, group: Group) {
        self.cx.trace().find(self.id, group);
    }

    /// Ends with a value that names this run.
    pub(crate) fn seen(self) -> Seen {
        let run = self.id;
        self.over(End::Found);
        Seen { run }
    }

    /// Ends.
    pub(crate) fn over(mut self, end: End) {
        self.over = true;
        self.cx.trace().end_run(self.cx.actor, self.id, end);
    }
}

impl Drop for Body<'_> {
    fn drop(&mut self) {
        if !self.over {
            self.cx.trace().end_run(self.cx.actor, self.id, End::Gone);
        }
    }
}
