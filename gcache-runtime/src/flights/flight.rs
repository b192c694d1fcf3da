//! A flight: one computation under way, and the bodies that run for it.
//!
//! It has one body, the leader's, until the patience of its waiters is over: then one of them computes beside
//! the leader, as its relief, and all others wait for either. Of several bodies one wins, the first that has a
//! valid value: it alone stores, and all waiters take its value.

use crate::catch_drop::DropGuard;
use crate::clock::Timestamp;
use crate::context::Frame;
use crate::flights::patience::Patience;
use crate::flights::wait_graph::WaitEdge;
use crate::flights::waiter::{WaitOutcome, Waiters};
use crate::flights::{Flights, Validity};
use crate::sync::{Arc, Mutex};
use std::time::Instant;

/// One computation under way.
#[derive(Debug)]
pub(crate) struct Flight<K, T> {
    hash: u64,
    key: DropGuard<K>,
    /// Of the leader: the flight's node in the wait-for graph.
    frame: Arc<Frame>,
    /// Guarded by its own lock, under which nothing but the state itself is touched.
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    /// Whether the leader computes.
    led: bool,
    /// The bodies that compute beside it.
    reliefs: Vec<Arc<Frame>>,
    stage: Stage,
    /// The value that came last. While the flight is not over, it serves the waiters that called early enough,
    /// and none of them while the winner is about to store another.
    completed: Option<Completed<T>>,
    /// Whether the body that was lost last had failed, by an error or a panic; else its future was dropped.
    failed: bool,
    /// The calls that wait, if ever there was one.
    waiters: Option<Arc<Waiters>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// No body has a valid value.
    Open,
    /// One has, and is about to store it.
    Won,
    /// All waiters have their value, or no body runs any more.
    Over,
}

/// A value that a body has computed.
#[derive(Debug)]
pub(crate) struct Completed<T> {
    pub(crate) entry: Arc<T>,
    /// Whether something that the body learned to depend on was invalidated after it began: then the value serves
    /// only calls made before that.
    pub(crate) outdated: bool,
    /// When the body began.
    pub(crate) since: Timestamp,
}

impl<T> Clone for Completed<T> {
    fn clone(&self) -> Self {
        let Self { entry, outdated, since } = self;
        Self { entry: Arc::clone(entry), outdated: *outdated, since: *since }
    }
}

impl<T: Validity> Completed<T> {
    /// Whether it serves a call made at `called`, which joined at `joined`.
    fn serves(&self, called: Timestamp, joined: Instant) -> bool {
        let valid = self.entry.was_valid(called, joined);
        // mutant: waiter-takes-too-old-2
        // mutant: any-flight-joined-3
        valid && (!self.outdated || called <= self.since)
    }
}

impl<T> State<T> {
    /// Takes `body` off those that compute.
    fn leave(&mut self, leader: &Arc<Frame>, body: &Arc<Frame>) {
        if Arc::ptr_eq(leader, body) {
            // mutant: ended-body-computes
            self.led = false;
        } else {
            self.reliefs.retain(|relief| !Arc::ptr_eq(relief, body));
        }
    }

    /// Whether a call waits.
    fn is_awaited(&self) -> bool {
        // mutant: unawaited-value-kept
        self.waiters.as_ref().is_some_and(|waiters| waiters.is_any_registered())
    }

    /// Whether no body runs.
    fn is_deserted(&self) -> bool {
        !self.led && self.reliefs.is_empty()
    }
}

impl<K, T: Validity> Flight<K, T> {
    /// A flight whose leader has `frame`.
    pub(super) fn new(hash: u64, key: K, frame: Arc<Frame>) -> Arc<Self> {
        let state = State {
            led: true,
            reliefs: Vec::new(),
            stage: Stage::Open,
            completed: None,
            failed: false,
            waiters: None,
        };
        Arc::new(Self { hash, key: DropGuard::new(key), frame, state: Mutex::new(state) })
    }

    pub(super) fn hash(&self) -> u64 {
        self.hash
    }

    pub(super) fn key(&self) -> &K {
        self.key.get()
    }

    /// Of the leader: the flight's node in the wait-for graph.
    pub(super) fn frame(&self) -> &Arc<Frame> {
        &self.frame
    }

    /// Whether a call made now may join: all dependencies that are known of one of the bodies are valid.
    pub(super) fn may_be_joined(&self) -> bool {
        let (led, reliefs) = {
            let state = self.state.lock();
            (state.led, state.reliefs.clone())
        };
        // mutant: doomed-flight-joined
        // mutant: any-flight-joined
        led && self.frame.is_alive() || reliefs.iter().any(|relief| relief.is_alive())
    }

    pub(super) fn is_over(&self) -> bool {
        self.state.lock().stage == Stage::Over
    }

    /// Registers a waiter, and returns the list that it is on, with its number there.
    pub(super) fn register(&self, patience: Patience) -> (Arc<Waiters>, u64) {
        let mut state = self.state.lock();
        let waiters = state.waiters.get_or_insert_with(|| Waiters::new(patience));
        // Under the lock: a body that completed in between would find no waiter, and keep no value for this one.
        (Arc::clone(waiters), waiters.register())
    }

    /// Returns the outcome for a call made at `called`, which joined at `joined`; `None` while it is open.
    pub(super) fn outcome(&self, called: Timestamp, joined: Instant) -> Option<WaitOutcome<T>> {
        let (completed, over, failed) = {
            let state = self.state.lock();
            // All take the value that the winner is about to store: not another's first, and then that.
            let completed = state.completed.as_ref().filter(|_| state.stage != Stage::Won).cloned();
            (completed, state.stage == Stage::Over, state.failed)
        };
        match completed {
            Some(completed) if completed.serves(called, joined) => {
                Some(WaitOutcome::Value(completed))
            }
            None if failed => over.then_some(WaitOutcome::Failed),
            _ => over.then_some(WaitOutcome::Nothing),
        }
    }

    /// Drops a value that has no waiter any more: a body that still runs holds the flight, and with it the value.
    pub(super) fn forget(&self) {
        let mut state = self.state.lock();
        // A call may have joined since.
        let completed = if state.is_awaited() { None } else { state.completed.take() };
        drop(state);
        drop(completed);
    }

    /// Has a body with `frame` compute beside the others, unless the flight is over.
    fn relieve(&self, frame: &Arc<Frame>) -> bool {
        let mut state = self.state.lock();
        let open = state.stage != Stage::Over;
        if open {
            state.reliefs.push(Arc::clone(frame));
        }
        open
    }

    /// Whether a body that asks is the first that has a valid value.
    fn win(&self) -> bool {
        let mut state = self.state.lock();
        let wins = state.stage == Stage::Open;
        if wins {
            state.stage = Stage::Won;
        }
        wins
    }

    /// Hands over the value of `body`: to all if it is `for_all`, else to calls that were made early enough.
    /// Returns whether the flight is over.
    fn complete(&self, body: &Arc<Frame>, completed: Completed<T>, for_all: bool) -> bool {
        let mut state = self.state.lock();
        state.leave(&self.frame, body);
        // mutant: leader-begun-with-relief
        let (mut put, mut before) = (Some(completed), None);
        if state.stage != Stage::Over {
            before = state.completed.take();
            // Without a waiter it would only be kept from being freed.
            if state.is_awaited() {
                state.completed = put.take();
            }
            if for_all || state.is_deserted() {
                state.stage = Stage::Over;
            }
        }
        let (over, waiters) = (state.stage == Stage::Over, state.waiters.clone());
        drop(state);
        // Values are dropped under no lock.
        drop((put, before));
        wake(waiters.as_deref(), over);
        over
    }

    /// Goes on without `body`, which is lost, by failure or else by cancellation, after it `won` or before.
    /// Returns whether the flight is over, so that all waiters try again.
    fn abandon(&self, body: &Arc<Frame>, failed: bool, won: bool) -> bool {
        let mut state = self.state.lock();
        state.leave(&self.frame, body);
        state.failed = failed;
        if won {
            state.stage = Stage::Open;
        }
        // mutant: relief-loss-ends-leader
        // mutant: leader-loss-ends-relief
        if state.is_deserted() {
            state.stage = Stage::Over;
        }
        let (over, waiters) = (state.stage == Stage::Over, state.waiters.clone());
        drop(state);
        // A value that waited for the winner's serves now.
        if over || won {
            wake(waiters.as_deref(), over);
        }
        over
    }
}

fn wake(waiters: Option<&Waiters>, over: bool) {
    match waiters {
        Some(waiters) if over => waiters.close(),
        Some(waiters) => waiters.wake_all(),
        None => {}
    }
}

/// The right of a body to compute for a flight, and the duty to end the wait of its waiters.
///
/// Dropped without a value, by panic, error or cancellation, it abandons the flight: where no other body runs
/// for it, all waiters try again.
#[derive(Debug)]
#[must_use]
pub(crate) struct Leader<K: 'static, T: Validity + 'static> {
    flights: &'static Flights<K, T>,
    flight: Arc<Flight<K, T>>,
    /// Of a relief.
    beside: Option<Relief>,
    /// Whether it is the first body with a valid value.
    won: bool,
    /// Whether the body returned an error.
    failed: bool,
    /// Whether it has handed a value over.
    completed: bool,
}

/// A body that computes beside the leader.
#[derive(Debug)]
struct Relief {
    frame: Arc<Frame>,
    /// A call that waits for the flight waits for this body as well.
    _edge: WaitEdge,
}

impl<K, T: Validity> Leader<K, T> {
    /// The leader of `flight`, which begins.
    pub(super) fn first(flights: &'static Flights<K, T>, flight: Arc<Flight<K, T>>) -> Self {
        Self::new(flights, flight, None)
    }

    fn new(
        flights: &'static Flights<K, T>,
        flight: Arc<Flight<K, T>>,
        beside: Option<Relief>,
    ) -> Self {
        Self { flights, flight, beside, won: false, failed: false, completed: false }
    }

    /// One with `frame` beside the leader of `flight`; `None` where the flight is over.
    pub(super) fn relief(
        flights: &'static Flights<K, T>,
        flight: Arc<Flight<K, T>>,
        frame: Arc<Frame>,
    ) -> Option<Self> {
        flight.relieve(&frame).then(|| {
            let edge = WaitEdge::beside(flight.frame(), &frame);
            Self::new(flights, flight, Some(Relief { frame, _edge: edge }))
        })
    }

    pub(crate) fn frame(&self) -> &Arc<Frame> {
        self.beside.as_ref().map_or(self.flight.frame(), |relief| &relief.frame)
    }

    pub(crate) fn is_relief(&self) -> bool {
        self.beside.is_some()
    }

    /// Whether this body is the first of the flight that has a valid value. It alone may store its value.
    pub(crate) fn win(&mut self) -> bool {
        self.won = self.flight.win();
        self.won
    }

    /// Hands over the value: to all waiters if this body has won, else to calls made early enough.
    pub(crate) fn complete(self, completed: Completed<T>) {
        let for_all = self.won;
        self.hand_over(completed, for_all);
    }

    /// Hands over an entry that is stored already, to all waiters.
    pub(crate) fn publish(self, completed: Completed<T>) {
        self.hand_over(completed, true);
    }

    fn hand_over(mut self, completed: Completed<T>, for_all: bool) {
        self.completed = true;
        if self.flight.complete(self.frame(), completed, for_all) {
            self.flights.remove(&self.flight);
        }
    }

    /// Notes that the body returned an error, for when this is dropped: outside of the body's frame, since a task
    /// that is woken may be polled on the spot.
    pub(crate) fn note_failure(&mut self) {
        self.failed = true;
    }
}

impl<K: 'static, T: Validity + 'static> Drop for Leader<K, T> {
    fn drop(&mut self) {
        if self.completed {
            return;
        }
        let failed = self.failed || std::thread::panicking();
        // mutant: lost-leader-silent
        if self.flight.abandon(self.frame(), failed, self.won) {
            self.flights.remove(&self.flight);
        }
    }
}
