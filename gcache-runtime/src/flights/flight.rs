//! Flights: one computation under way, which later callers of the same entry join.
//!
//! It has one body, the leader's, until those who wait have lost their patience: then one of them computes
//! beside it, its relief, and all others wait for either.

use crate::cache::Entry;
use crate::catch_drop::DropGuard;
use crate::clock::Timestamp;
use crate::context::Frame;
use crate::flights::alarms::Sleepers as _;
use crate::flights::waiters::Waiters;
use crate::patience::Patience;
use crate::sync::{Arc, Mutex, Sleeper, now};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

/// One computation under way.
#[derive(Debug)]
pub(crate) struct Flight<K, V> {
    key: DropGuard<K>,
    /// Of the body that began it, by which the flight goes in the table of waits.
    frame: Arc<Frame>,
    patience: Patience,
    /// Guarded by its own lock, under which nothing but the state itself is touched.
    state: Mutex<State<K, V>>,
}

#[derive(Debug)]
struct State<K, V> {
    /// Whether the body that began it computes.
    led: bool,
    /// The bodies that compute beside it.
    reliefs: Vec<Arc<Frame>>,
    /// Whether a body has a value that lives, the first to do so. It alone stores, and hands over.
    claimed: bool,
    /// Whether all are answered, or nobody computes any more.
    over: bool,
    /// The value that came last. While the flight is not over, it serves those who called early enough, and
    /// nobody while another is being stored.
    landed: Option<Landed<K, V>>,
    /// Why the last body that was lost was.
    loss: Loss,
    /// Those who wait for it, if ever there was one.
    seats: Option<Arc<Waiters>>,
}

/// A value that a body has computed.
#[derive(Debug)]
pub(crate) struct Landed<K, V> {
    pub(crate) entry: Arc<Entry<K, V>>,
    /// When something that the body learned to depend on was invalidated after it began, the value serves only
    /// those who had called before that.
    pub(crate) outdated: bool,
    /// When the body began.
    pub(crate) since: Timestamp,
}

/// Why a body ended without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// It returned an error or panicked.
    Failed,
    /// Its future was dropped.
    Cancelled,
}

/// What a waiter gets of a flight.
#[derive(Debug)]
pub(crate) enum WaitOutcome<K, V> {
    /// A value computed late enough for this waiter.
    Value { entry: Arc<Entry<K, V>>, outdated: bool },
    /// Nothing; try again.
    Lost(Loss),
    /// A value that was invalidated before this waiter called; try again.
    TooOld,
}

impl<K, V> Clone for Landed<K, V> {
    fn clone(&self) -> Self {
        let Self { entry, outdated, since } = self;
        Self { entry: Arc::clone(entry), outdated: *outdated, since: *since }
    }
}

impl<K, V> Landed<K, V> {
    /// Whether it serves a caller who called at `called` and then joined at `joined`.
    fn serves(&self, called: Timestamp, joined: Instant) -> bool {
        let recent = self.entry.dependencies().lived_at(called);
        // What was in doubt is too old for those who called after its deadline.
        let given = self.entry.deadline().is_given_at(joined);
        // mutant: doubtful-flight-joined-2
        // mutant: waiter-takes-too-old
        // mutant: any-flight-joined-2
        recent && given && (!self.outdated || called <= self.since)
    }
}

impl<K, V> State<K, V> {
    /// Takes `body` off those that compute.
    fn leave(&mut self, first: &Arc<Frame>, body: &Arc<Frame>) {
        if Arc::ptr_eq(first, body) {
            // mutant: ended-body-computes
            self.led = false;
        } else {
            self.reliefs.retain(|relief| !Arc::ptr_eq(relief, body));
        }
    }

    /// Whether anybody waits.
    fn is_awaited(&self) -> bool {
        // mutant: unawaited-value-kept
        self.seats.as_ref().is_some_and(|seats| seats.is_any_taken())
    }

    /// Whether nobody computes.
    fn is_deserted(&self) -> bool {
        !self.led && self.reliefs.is_empty()
    }
}

impl<K, V> Flight<K, V> {
    /// A flight whose leader has `frame`.
    pub(crate) fn new(key: K, frame: Arc<Frame>, patience: Patience) -> Arc<Self> {
        let state = State {
            led: true,
            reliefs: Vec::new(),
            claimed: false,
            over: false,
            landed: None,
            loss: Loss::Cancelled,
            seats: None,
        };
        Arc::new(Self { key: DropGuard::new(key), frame, patience, state: Mutex::new(state) })
    }

    pub(crate) fn key(&self) -> &K {
        self.key.get()
    }

    /// Of the body that began it, by which it goes in the table of waits.
    pub(crate) fn frame(&self) -> &Arc<Frame> {
        &self.frame
    }

    /// Whether a call that starts now may join: there is a body of which all that it is known to depend on
    /// lives.
    pub(crate) fn may_be_joined(&self) -> bool {
        let (led, reliefs) = {
            let state = self.state.lock();
            (state.led, state.reliefs.clone())
        };
        // mutant: doomed-flight-joined
        // mutant: any-flight-joined
        led && self.frame.is_alive() || reliefs.iter().any(|relief| relief.is_alive())
    }

    /// Has a body with `frame` compute beside those that do, unless all are answered.
    pub(crate) fn relieve(&self, frame: &Arc<Frame>) -> bool {
        let mut state = self.state.lock();
        if !state.over {
            state.reliefs.push(Arc::clone(frame));
        }
        !state.over
    }

    /// Whether a body is the first that has a value that lives. It alone may store its value.
    pub(crate) fn claim(&self) -> bool {
        let mut state = self.state.lock();
        !std::mem::replace(&mut state.claimed, true) && !state.over
    }

    /// Hands over what `body` has computed, to all if it is `for_all`, else to those who called early enough.
    /// Returns whether the flight is over.
    pub(crate) fn land(&self, body: &Arc<Frame>, landed: Landed<K, V>, for_all: bool) -> bool {
        let mut state = self.state.lock();
        state.leave(&self.frame, body);
        let ends = for_all || state.is_deserted();
        // mutant: leader-begun-with-relief
        let (mut put, mut before) = (Some(landed), None);
        if !state.over {
            before = state.landed.take();
            // With nobody to serve it would only be kept from being freed.
            if state.is_awaited() {
                state.landed = put.take();
            }
            state.over = ends;
        }
        let (over, seats) = (state.over, state.seats.clone());
        drop(state);
        // Values are dropped under no lock.
        drop((put, before));
        wake(seats.as_deref(), over);
        over
    }

    /// Goes on without `body`, which is lost; `claimed`, if it had claimed. Returns whether the flight is
    /// over, so that all who wait try again.
    pub(crate) fn lose(&self, body: &Arc<Frame>, loss: Loss, claimed: bool) -> bool {
        let mut state = self.state.lock();
        state.leave(&self.frame, body);
        state.loss = loss;
        state.claimed &= !claimed;
        // mutant: relief-loss-ends-leader
        // mutant: leader-loss-ends-relief
        state.over |= state.is_deserted();
        let (over, seats) = (state.over, state.seats.clone());
        drop(state);
        // What it had kept others from is theirs now.
        if over || claimed {
            wake(seats.as_deref(), over);
        }
        over
    }

    /// Joins, for a caller who called at `called`: what there is to wait with.
    pub(crate) fn join(self: &Arc<Self>, called: Timestamp) -> Waiter<K, V> {
        let mut state = self.state.lock();
        let seats = state.seats.get_or_insert_with(|| Waiters::new(self.patience));
        let seats = Arc::clone(seats);
        // Before anybody can land, and find that nobody waits.
        let number = seats.take();
        drop(state);
        let joined = Instant::now();
        Waiter { number, seats, flight: Arc::clone(self), called, joined }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.state.lock().over
    }

    /// What there is for a caller who called at `called` and then joined at `joined`; `None` while there may be
    /// more to come.
    fn arrival(&self, called: Timestamp, joined: Instant) -> Option<WaitOutcome<K, V>> {
        let (landed, over, loss) = {
            let state = self.state.lock();
            // What one body is about to store is what all get: not another's first, and then that.
            let waits = state.claimed && !state.over;
            let landed = state.landed.as_ref().filter(|_| !waits).cloned();
            (landed, state.over, state.loss)
        };
        match landed {
            Some(landed) if landed.serves(called, joined) => {
                let Landed { entry, outdated, since: _ } = landed;
                Some(WaitOutcome::Value { entry, outdated })
            }
            Some(_) => over.then_some(WaitOutcome::TooOld),
            None => over.then_some(WaitOutcome::Lost(loss)),
        }
    }

    /// Lets go of a value for which nobody waits any more: a body that still computes holds the flight.
    fn forget(&self) {
        let mut state = self.state.lock();
        // Somebody may have joined since.
        let landed = if state.is_awaited() { None } else { state.landed.take() };
        drop(state);
        drop(landed);
    }
}

fn wake(seats: Option<&Waiters>, over: bool) {
    match seats {
        Some(seats) if over => seats.close(),
        Some(seats) => seats.wake_all(),
        None => {}
    }
}

/// A place in a flight of someone who waits for it, until dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct Waiter<K, V> {
    flight: Arc<Flight<K, V>>,
    seats: Arc<Waiters>,
    number: u64,
    /// When the call was made: what it gets must not have been invalidated before.
    called: Timestamp,
    /// When it was joined, which is after the call.
    joined: Instant,
}

impl<K, V> Waiter<K, V> {
    pub(crate) fn flight(&self) -> &Arc<Flight<K, V>> {
        &self.flight
    }

    /// What there is for this caller; `None` while there may be more to come.
    pub(crate) fn arrival(&self) -> Option<WaitOutcome<K, V>> {
        self.flight.arrival(self.called, self.joined)
    }

    /// Whether this caller is the one whose patience is over, so that it computes beside the others.
    pub(crate) fn claim(&self) -> bool {
        self.seats.claim(now())
    }

    /// Whether the patience of one of those who wait is over.
    pub(crate) fn is_due(&self) -> bool {
        self.seats.is_due(now())
    }

    /// Waits on this thread until there may be something for this caller, or it is due.
    pub(crate) fn wait(&self) {
        let sleeper = Arc::new(Sleeper::default());
        let waker = Waker::from(Arc::clone(&sleeper));
        if !self.listen(&waker) {
            if cfg!(gcache_model) {
                self.seats.set_alarm();
            }
            // mutant: thread-patience-ignored
            sleeper.sleep(self.seats.due());
        }
    }

    /// Whether there is something for this caller, or it is due; if not, `task` is woken when there may be.
    pub(crate) fn poll(&self, task: &mut Context<'_>) -> Poll<()> {
        if self.listen(task.waker()) || self.is_due() {
            return Poll::Ready(());
        }
        // mutant: task-patience-ignored
        self.seats.set_alarm();
        Poll::Pending
    }

    /// Whether there is something for this caller; if not, `waker` is woken when there may be.
    fn listen(&self, waker: &Waker) -> bool {
        // mutant: waiter-looks-before-registering
        self.seats.listen(self.number, waker);
        // Looked at after listening: an end in between would never be heard of.
        self.arrival().is_some()
    }
}

impl<K, V> Drop for Waiter<K, V> {
    fn drop(&mut self) {
        if self.seats.leave(self.number) {
            self.flight.forget();
        }
    }
}
