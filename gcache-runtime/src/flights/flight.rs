//! A flight: one computation under way, and the bodies that run for it.
//!
//! It has one body, the leader's, until the patience of its waiters is over: then one of them computes beside
//! the leader, as its relief, and all others wait for either. Of several bodies one wins, the first that has a
//! valid value: it alone stores, and all waiters take its value.

use crate::cache::{AnyEntry, Entry};
use crate::catch_drop::{DropGuard, catch_drop};
use crate::clock::Timestamp;
use crate::config::Patience;
use crate::context::{self, Frame};
use crate::flights::alarm::Alarm;
use crate::flights::waiter::Waiters;
use crate::generations::DependencySet;
use crate::sync::{Arc, Mutex, now};
use std::any::Any;
use std::task::{Wake, Waker};
use std::time::Instant;

/// One computation under way. It is part of its leader's frame, which is its node in the wait-for graph.
///
/// Its key and its value are of any type: a program compiles flights once, and not for each function.
#[derive(Debug)]
pub(crate) struct Flight<K: ?Sized = dyn Any + Send + Sync> {
    hash: u64,
    /// Guarded by its own lock, under which nothing but the state itself is touched.
    state: Mutex<State>,
    /// In a [`DropGuard`].
    key: K,
}

#[derive(Debug)]
struct State {
    /// Whether the leader computes.
    led: bool,
    /// The bodies that compute beside it.
    reliefs: Vec<Arc<Frame>>,
    stage: Stage,
    /// The value that came last. While the flight is not over, it serves the waiters that called early enough,
    /// and none of them while the winner is about to store another.
    completed: Option<Completed>,
    /// Whether the body that was lost last had failed, by an error or a panic; else its future was dropped.
    failed: bool,
    /// There while a call waits.
    waiters: Option<Box<Waiters>>,
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
#[derive(Clone, Debug)]
pub(super) struct Completed {
    pub(super) entry: Arc<dyn AnyEntry>,
    /// Whether something that the body learned to depend on was invalidated after it began: then the value serves
    /// only calls made before that.
    pub(super) outdated: bool,
    /// When the body began.
    pub(super) since: Timestamp,
}

/// How a wait ends.
#[derive(Debug)]
pub(super) enum WaitOutcome {
    /// A value that was valid when the call was made.
    Value(Completed),
    /// No value, since the body failed: try again.
    Failed,
    /// No value for this call: try again.
    Nothing,
}

impl Completed {
    /// The entry, of the types that the flight's memo has.
    pub(super) fn entry<K, V>(self) -> Arc<Entry<K, V>>
    where
        K: Send + Sync + 'static,
        V: Send + Sync + 'static,
    {
        let entry: Arc<dyn Any + Send + Sync> = self.entry;
        entry.downcast().expect("a flight has entries of its own memo")
    }

    /// Whether it serves a call made at `called`, which joined at `joined`.
    fn serves(&self, called: Timestamp, joined: Instant) -> bool {
        let valid = self.entry.was_valid(called, joined);
        // mutant: waiter-takes-too-old-2
        // mutant: any-flight-joined-3
        valid && (!self.outdated || called <= self.since)
    }
}

impl State {
    /// Whether no body runs.
    fn is_deserted(&self) -> bool {
        !self.led && self.reliefs.is_empty()
    }

    /// Whether a call waits.
    fn is_awaited(&self) -> bool {
        self.waiters.is_some()
    }
}

impl<K> Flight<DropGuard<K>> {
    /// A flight whose leader begins, under the generations that `collect` takes.
    pub(super) fn new(hash: u64, key: K, collect: &dyn Fn(&mut DependencySet)) -> Arc<Frame<Self>> {
        let state = State {
            led: true,
            reliefs: Vec::new(),
            stage: Stage::Open,
            completed: None,
            failed: false,
            waiters: None,
        };
        Frame::new(Self { hash, state: Mutex::new(state), key: DropGuard::new(key) }, collect)
    }
}

impl Frame<Flight> {
    pub(super) fn hash(&self) -> u64 {
        self.flight.hash
    }

    /// Whether `key` is its own, and not another of the same hash.
    pub(super) fn is_of<K: Eq + 'static>(&self, key: &K) -> bool {
        let own = self.flight.key.downcast_ref::<DropGuard<K>>();
        own.is_some_and(|own| own.get() == key)
    }

    /// Whether a call made now may join: all dependencies that are known of one of the bodies are valid.
    pub(super) fn may_be_joined(&self) -> bool {
        let (led, reliefs) = {
            let state = self.flight.state.lock();
            (state.led, state.reliefs.clone())
        };
        // mutant: doomed-flight-joined
        // mutant: any-flight-joined
        led && self.is_alive() || reliefs.iter().any(|relief| relief.is_alive())
    }

    pub(super) fn is_over(&self) -> bool {
        self.flight.state.lock().stage == Stage::Over
    }

    /// Adds a waiter, and returns its number.
    pub(super) fn join(&self, patience: Patience) -> u64 {
        let mut state = self.flight.state.lock();
        let waiters =
            state.waiters.get_or_insert_with(|| Box::new(Waiters::new(patience.over(now()))));
        waiters.join()
    }

    /// Removes a waiter. Without one a value is dropped: a body that still runs holds the flight, and with it the value.
    pub(super) fn leave(&self, number: u64) {
        let mut state = self.flight.state.lock();
        let waker = state.waiters.as_mut().and_then(|waiters| waiters.wakers.remove(&number));
        // mutant: unawaited-value-kept
        let last = state.waiters.take_if(|waiters| waiters.wakers.is_empty());
        let completed = state.completed.take_if(|_| last.is_some());
        drop(state);
        drop(completed);
        let _scope = context::leave_all();
        drop((waker, last));
    }

    /// Returns the outcome for a call made at `called`, which joined at `joined`; `None` while it is open.
    pub(super) fn outcome(&self, called: Timestamp, joined: Instant) -> Option<WaitOutcome> {
        let (completed, over, failed) = {
            let state = self.flight.state.lock();
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

    /// When one of the waiters may compute by itself.
    pub(super) fn due(&self) -> Option<Instant> {
        self.flight.state.lock().waiters.as_ref().and_then(|waiters| waiters.due)
    }

    /// Whether the waiter that asks is the one that may compute by itself.
    pub(super) fn try_relieve(&self, patience: Patience) -> bool {
        let mut state = self.flight.state.lock();
        state.waiters.as_mut().is_some_and(|waiters| waiters.try_relieve(now(), patience))
    }

    /// Has `relief` compute beside the other bodies, unless the flight is over.
    pub(super) fn relieve(&self, relief: Arc<Frame>) -> bool {
        let mut state = self.flight.state.lock();
        let open = state.stage != Stage::Over;
        if open {
            state.reliefs.push(relief);
        }
        open
    }

    /// Whether a body that asks is the first that has a valid value.
    pub(super) fn win(&self) -> bool {
        let mut state = self.flight.state.lock();
        let wins = state.stage == Stage::Open;
        if wins {
            state.stage = Stage::Won;
        }
        wins
    }

    /// Hands over the value of `body`: to all if it is `for_all`, else to calls that were made early enough.
    /// Returns whether the flight is over.
    pub(super) fn complete(&self, body: &Frame, value: Completed, for_all: bool) -> bool {
        // Values are dropped under no lock.
        let (mut put, mut before) = (None, None);
        self.go_on_without(body, |state| {
            // mutant: leader-begun-with-relief
            put = Some(value);
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
            true
        })
    }

    /// Goes on without `body`, which is lost, by failure or else by cancellation, after it `won` or before.
    /// Returns whether the flight is over, so that all waiters try again.
    pub(super) fn abandon(&self, body: &Frame, failed: bool, won: bool) -> bool {
        self.go_on_without(body, |state| {
            state.failed = failed;
            if won {
                state.stage = Stage::Open;
            }
            // mutant: relief-loss-ends-leader
            // mutant: leader-loss-ends-relief
            if state.is_deserted() {
                state.stage = Stage::Over;
            }
            // A value that waited for the winner's serves now.
            won
        })
    }

    /// Takes `body` off those that compute, and wakes all waiters if `change` says so, or if the flight is over: then
    /// for the last time. Returns whether it is.
    fn go_on_without(&self, body: &Frame, change: impl FnOnce(&mut State) -> bool) -> bool {
        let mut state = self.flight.state.lock();
        if self.address() == body.address() {
            // mutant: ended-body-computes
            state.led = false;
        } else {
            state.reliefs.retain(|relief| relief.address() != body.address());
        }
        let is_news = change(&mut state);
        let over = state.stage == Stage::Over;
        let waiters = state.waiters.as_mut().filter(|_| is_news || over);
        let (wakers, alarm) = waiters.map(|waiters| waiters.call(over)).unwrap_or_default();
        drop(state);
        drop(alarm);
        wake(wakers);
        over
    }

    /// Has `waker` woken when there may be something for the waiter, instead of an earlier one.
    pub(super) fn set_waker(&self, number: u64, waker: &Waker) {
        let waker = waker.clone();
        let mut state = self.flight.state.lock();
        let waiters = state.waiters.as_mut().expect("the one that asks is there");
        // mutant: first-waker-kept
        let before = waiters.wakers.insert(number, Some(waker));
        drop(state);
        let _scope = context::leave_all();
        drop(before);
    }

    /// Has all waiters woken when one of them may compute by itself. The first that asks then does: a single task that
    /// was woken might not be polled.
    pub(super) fn set_alarm(self: &Arc<Self>) {
        let due = {
            let state = self.flight.state.lock();
            let Some(waiters) = &state.waiters else { return };
            let set = waiters.alarm.as_ref().map(Alarm::due);
            match waiters.due {
                // mutant: alarm-not-rearmed
                Some(due) if set != Some(due) => due,
                _ => return,
            }
        };
        let alarm = Alarm::set(due, Waker::from(Arc::new(Ringing(Arc::clone(self)))));
        let mut state = self.flight.state.lock();
        // Another may have relieved meanwhile, and a third set the next alarm.
        let before = match &mut state.waiters {
            Some(waiters) if waiters.due == Some(due) => waiters.alarm.replace(alarm),
            _ => Some(alarm),
        };
        drop(state);
        drop(before);
    }
}

/// A flight whose alarm wakes all its waiters.
struct Ringing(Arc<Frame<Flight>>);

impl Wake for Ringing {
    fn wake(self: Arc<Self>) {
        let mut state = self.0.flight.state.lock();
        let called = state.waiters.as_mut().map(|waiters| waiters.call(false));
        drop(state);
        wake(called.unwrap_or_default().0);
    }
}

/// Wakes each, outside of the body that is running here. A waker that panics keeps no other asleep.
fn wake(wakers: Vec<Waker>) {
    if !wakers.is_empty() {
        let _scope = context::leave_all();
        wakers.into_iter().for_each(|waker| catch_drop(|| waker.wake()));
    }
}

#[cfg(all(test, not(gcache_model)))]
mod tests {
    use super::{Flight, Frame};
    use crate::flights::alarm::count_alarms;
    use crate::sync::Arc;
    use std::task::Waker;
    use std::time::{Duration, Instant};

    const HOUR: Duration = Duration::from_secs(60 * 60);

    /// The only test of this process that sets alarms.
    #[test]
    fn a_flight_has_one_alarm_and_none_without_waiters() {
        let leader = Flight::new(7, 7, &|_| ());
        let flight: Arc<Frame<Flight>> = leader.clone();
        let numbers = [(); 3].map(|()| flight.join(HOUR.into()));
        for number in numbers {
            flight.set_waker(number, Waker::noop());
            flight.set_alarm();
        }
        assert_eq!(count_alarms(), 1);
        let later = Instant::now() + HOUR * 2;
        assert!(
            flight.flight.state.lock().waiters.as_mut().unwrap().try_relieve(later, HOUR.into())
        );
        flight.set_alarm();
        assert_eq!(count_alarms(), 1, "the next one");
        let [one, other, last] = numbers;
        flight.leave(one);
        flight.leave(other);
        assert_eq!(count_alarms(), 1);
        flight.leave(last);
        assert_eq!(count_alarms(), 0);

        let number = flight.join(HOUR.into());
        flight.set_alarm();
        assert_eq!(count_alarms(), 1);
        assert!(flight.abandon(&*leader, false, false));
        assert_eq!(count_alarms(), 0, "it is over");
        flight.set_alarm();
        assert_eq!(count_alarms(), 0, "and no waiter is left to wake");
        flight.leave(number);
    }
}
