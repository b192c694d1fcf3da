//! Flights: one computation under way, which later callers of the same entry join.

use crate::clock::Tick;
use crate::contained::Contained;
use crate::entry::Entry;
use crate::seats::Seats;
use crate::sync::{Arc, Mutex, Sleeper};
use crate::tracker::Frame;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

/// One computation under way.
#[derive(Debug)]
pub(crate) struct Flight<K, V> {
    key: Contained<K>,
    frame: Arc<Frame>,
    /// Guarded by its own lock, under which nothing but the state itself is touched.
    state: Mutex<State<K, V>>,
    /// Those who wait for it.
    seats: Seats,
}

#[derive(Debug)]
enum State<K, V> {
    /// The leader computes.
    Under,
    /// The leader has a value. Outdated, when something that it learned to depend on was bumped after
    /// its body began, it serves only those who had called before that.
    Landed { entry: Arc<Entry<K, V>>, outdated: bool },
    /// The leader is gone without a value; whoever waits tries again.
    Lost(Loss),
}

/// Why a flight ended without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// The body returned an error or panicked.
    Failed,
    /// The leader's future was dropped.
    Cancelled,
}

/// What a waiter gets of a flight that is over.
#[derive(Debug)]
pub(crate) enum Arrival<K, V> {
    /// A value computed late enough for this waiter.
    Value { entry: Arc<Entry<K, V>>, outdated: bool },
    /// Nothing; try again.
    Lost(Loss),
    /// A value that was bumped before this waiter called; try again.
    TooOld,
}

impl<K, V> Flight<K, V> {
    pub(crate) fn new(key: K, frame: Arc<Frame>) -> Arc<Self> {
        Arc::new(Self {
            key: Contained::new(key),
            frame,
            state: Mutex::new(State::Under),
            seats: Seats::default(),
        })
    }

    pub(crate) fn key(&self) -> &K {
        self.key.get()
    }

    pub(crate) fn frame(&self) -> &Arc<Frame> {
        &self.frame
    }

    /// Whether a call that starts now may join: all that the computation is known to depend on lives.
    pub(crate) fn may_be_joined(&self) -> bool {
        self.frame.is_alive()
    }

    /// Hands `entry` to all that wait.
    pub(crate) fn land(&self, entry: Arc<Entry<K, V>>, outdated: bool) {
        self.end(State::Landed { entry, outdated });
    }

    /// Lets all that wait try again.
    pub(crate) fn lose(&self, loss: Loss) {
        self.end(State::Lost(loss));
    }

    fn end(&self, end: State<K, V>) {
        let under = std::mem::replace(&mut *self.state.lock(), end);
        drop(under);
        self.seats.wake_all();
    }

    /// Joins: what there is to wait with.
    pub(crate) fn join(self: &Arc<Self>) -> Seat<K, V> {
        let joined = Instant::now();
        Seat { number: self.seats.take(), flight: Arc::clone(self), joined }
    }

    pub(crate) fn is_over(&self) -> bool {
        !matches!(*self.state.lock(), State::Under)
    }

    /// What there is for a caller who called at `called` and then joined at `joined`; `None` while the
    /// flight is under way.
    fn arrival(&self, called: Tick, joined: Instant) -> Option<Arrival<K, V>> {
        let (entry, outdated) = match &*self.state.lock() {
            State::Under => return None,
            State::Lost(loss) => return Some(Arrival::Lost(*loss)),
            State::Landed { entry, outdated } => (Arc::clone(entry), *outdated),
        };
        let begun = self.frame.since();
        let recent = entry.dependencies().lived_at(called) && (!outdated || called <= begun);
        // What was in doubt is too old for those who called after its deadline.
        let recent = recent && entry.deadline().is_given_at(joined);
        Some(if recent { Arrival::Value { entry, outdated } } else { Arrival::TooOld })
    }
}

/// A place in a flight of someone who waits for it, until dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct Seat<K, V> {
    flight: Arc<Flight<K, V>>,
    number: u64,
    joined: Instant,
}

impl<K, V> Seat<K, V> {
    /// What there is for the one in it, who called at `called`; `None` while the flight is under way.
    pub(crate) fn arrival(&self, called: Tick) -> Option<Arrival<K, V>> {
        self.flight.arrival(called, self.joined)
    }

    /// Waits until the flight is over, on this thread.
    pub(crate) fn wait(&self) {
        let sleeper = Arc::new(Sleeper::default());
        let waker = Waker::from(Arc::clone(&sleeper));
        if self.poll(&mut Context::from_waker(&waker)).is_pending() {
            sleeper.sleep();
        }
    }

    /// Whether the flight is over; if not, `task` is woken when it is.
    pub(crate) fn poll(&self, task: &mut Context<'_>) -> Poll<()> {
        self.flight.seats.listen(self.number, task.waker());
        // Looked at after listening: an end in between would never be heard of.
        if self.flight.is_over() { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl<K, V> Drop for Seat<K, V> {
    fn drop(&mut self) {
        self.flight.seats.leave(self.number);
    }
}
