//! Waiters: calls that wait for a flight, threads and tasks alike.
//!
//! A task's waker is its executor's code: it may poll or drop the task on the spot, or panic. So it is
//! cloned, called and dropped under no lock, and it is called and dropped outside of the body that happens to run here:
//! what the task uses is its own dependency. (The `event-listener` crate calls wakers under the lock of its
//! list: a task that its waker dropped on the spot, as at the end of a runtime, never came back from there.
//! `tests/wakers.rs` has the cases.)

use crate::catch_drop::catch_drop;
use crate::clock::Timestamp;
use crate::context;
use crate::flights::Validity;
use crate::flights::flight::{Completed, Flight};
use crate::flights::patience::{Alarm, Patience};
use crate::flights::wait_graph::WaitEdge;
use crate::sync::{Arc, Mutex, Sleeper, now};
use std::collections::BTreeMap;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

/// A call that waits for a flight, until dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct Waiter<K, T: Validity> {
    flight: Arc<Flight<K, T>>,
    waiters: Arc<Waiters>,
    /// Its number among the waiters.
    number: u64,
    /// When the call was made: its value must not have been invalidated before.
    called: Timestamp,
    /// When it joined, which is after the call.
    joined: Instant,
    /// From the bodies that wait to the flight, while they do.
    edge: Option<WaitEdge>,
}

/// How a wait ends.
#[derive(Debug)]
pub(crate) enum WaitOutcome<T> {
    /// A value that was valid when the call was made.
    Value(Completed<T>),
    /// No value, since the body failed: try again.
    Failed,
    /// No value for this call: try again.
    Nothing,
}

impl<K, T: Validity> Waiter<K, T> {
    /// Joins `flight`, for a call made at `called`.
    pub(super) fn join(flight: Arc<Flight<K, T>>, called: Timestamp, patience: Patience) -> Self {
        let (waiters, number) = flight.register(patience);
        let joined = Instant::now();
        Self { flight, waiters, number, called, joined, edge: None }
    }

    pub(super) fn flight(&self) -> &Arc<Flight<K, T>> {
        &self.flight
    }

    pub(super) fn called(&self) -> Timestamp {
        self.called
    }

    /// Notes in the wait-for graph that the bodies that are running here wait; `false` where waiting could never
    /// end.
    pub(super) fn enter_graph(&mut self) -> bool {
        self.edge = WaitEdge::begin(context::current().as_ref(), self.flight.frame());
        self.edge.is_some()
    }

    /// Whether the patience of one of the waiters is over.
    pub(super) fn is_due(&self) -> bool {
        self.waiters.is_due(now())
    }

    /// Whether this call is the one whose patience is over, so that it computes beside the others.
    pub(super) fn try_relieve(&self) -> bool {
        self.waiters.try_relieve(now())
    }

    /// Leaves the wait-for graph, and returns how the wait ends; `None` while that is open.
    pub(crate) fn outcome(&mut self) -> Option<WaitOutcome<T>> {
        self.edge = None;
        self.flight.outcome(self.called, self.joined)
    }

    /// Waits on this thread until there may be something for this call, or it is due.
    pub(crate) fn wait(&self) {
        let sleeper = Arc::new(Sleeper::default());
        let waker = Waker::from(Arc::clone(&sleeper));
        if !self.register_waker(&waker) {
            if cfg!(gcache_model) {
                self.waiters.set_alarm();
            }
            // mutant: thread-patience-ignored
            sleeper.sleep(self.waiters.due());
        }
    }

    /// Whether there is something for this call, or it is due; if not, `task` is woken when there may be.
    pub(crate) fn poll(&self, task: &mut Context<'_>) -> Poll<()> {
        if self.register_waker(task.waker()) || self.is_due() {
            return Poll::Ready(());
        }
        // mutant: task-patience-ignored
        self.waiters.set_alarm();
        Poll::Pending
    }

    /// Whether there is something for this call; if not, `waker` is woken when there may be.
    fn register_waker(&self, waker: &Waker) -> bool {
        // mutant: waiter-looks-before-registering
        self.waiters.set_waker(self.number, waker);
        // Looked at after the waker is set: an end between the two would wake no waker.
        self.flight.outcome(self.called, self.joined).is_some()
    }
}

impl<K, T: Validity> Drop for Waiter<K, T> {
    fn drop(&mut self) {
        // First: what is dropped next may be the user's, whose destructors wait as they like.
        self.edge = None;
        if self.waiters.deregister(self.number) {
            self.flight.forget();
        }
    }
}

/// The waiters of a flight, in the order in which they joined.
#[derive(Debug)]
pub(crate) struct Waiters {
    patience: Patience,
    registered: Mutex<Registered>,
}

#[derive(Debug, Default)]
struct Registered {
    next: u64,
    wakers: BTreeMap<u64, Option<Waker>>,
    /// When one of the waiters may compute by itself: they share one patience, which begins with the
    /// first of them, and anew with each that computes.
    due: Option<Instant>,
    /// Wakes the tasks among them when it is due.
    alarm: Option<Alarm>,
    /// Whether the flight is over.
    closed: bool,
}

impl Waiters {
    pub(super) fn new(patience: Patience) -> Arc<Self> {
        Arc::new(Self { patience, registered: Mutex::default() })
    }

    /// Adds a waiter, and returns its number.
    pub(super) fn register(&self) -> u64 {
        let mut registered = self.registered.lock();
        if registered.wakers.is_empty() {
            registered.due = self.patience.over(now());
        }
        let number = registered.next;
        registered.next += 1;
        registered.wakers.insert(number, None);
        number
    }

    /// Removes a waiter, and returns whether it was the last.
    fn deregister(&self, number: u64) -> bool {
        let mut registered = self.registered.lock();
        let waker = registered.wakers.remove(&number);
        let last = registered.wakers.is_empty();
        let alarm = registered.alarm.take_if(|_| last);
        drop(registered);
        let _scope = context::leave_all();
        drop((waker, alarm));
        last
    }

    pub(super) fn is_any_registered(&self) -> bool {
        !self.registered.lock().wakers.is_empty()
    }

    /// When one of the waiters may compute by itself.
    fn due(&self) -> Option<Instant> {
        self.registered.lock().due
    }

    fn is_due(&self, now: Instant) -> bool {
        self.due().is_some_and(|due| due <= now)
    }

    /// Whether the waiter that asks at `now` is the one that may compute by itself. The next may one patience from
    /// `now`, however late this one is.
    fn try_relieve(&self, now: Instant) -> bool {
        let mut registered = self.registered.lock();
        let may = registered.due.is_some_and(|due| due <= now);
        if may {
            // mutant: all-waiters-relieve
            registered.due = self.patience.over(now);
        }
        may
    }

    /// Has all waiters woken when one of them may compute by itself. The first that asks then does: a single task that
    /// was woken might not be polled.
    fn set_alarm(self: &Arc<Self>) {
        let due = {
            let registered = self.registered.lock();
            let set = registered.alarm.as_ref().map(Alarm::due);
            match registered.due {
                // mutant: alarm-not-rearmed
                Some(due) if set != Some(due) => due,
                _ => return,
            }
        };
        let alarm = Alarm::set(due, Waker::from(Arc::clone(self)));
        let mut registered = self.registered.lock();
        // Another may have relieved meanwhile, and a third set the next alarm.
        let stands = registered.due == Some(due) && !registered.closed;
        let before = if stands { registered.alarm.replace(alarm) } else { Some(alarm) };
        drop(registered);
        drop(before);
    }

    /// Wakes all waiters, for the last time.
    pub(super) fn close(&self) {
        let mut registered = self.registered.lock();
        registered.closed = true;
        registered.due = None;
        let alarm = registered.alarm.take();
        drop(registered);
        drop(alarm);
        self.wake_all();
    }

    /// Has `waker` woken by the next [`wake_all`](Self::wake_all), instead of an earlier one.
    fn set_waker(&self, number: u64, waker: &Waker) {
        let waker = waker.clone();
        // mutant: first-waker-kept
        let before = self.registered.lock().wakers.insert(number, Some(waker));
        let _scope = context::leave_all();
        drop(before);
    }

    /// Wakes all waiters. A waker that panics keeps no other asleep.
    pub(super) fn wake_all(&self) {
        let wakers: Vec<Waker> =
            // mutant: one-waiter-woken
            self.registered.lock().wakers.values_mut().filter_map(Option::take).collect();
        let _scope = context::leave_all();
        wakers.into_iter().for_each(|waker| catch_drop(|| waker.wake()));
    }
}

/// Their alarm wakes them.
impl Wake for Waiters {
    fn wake(self: Arc<Self>) {
        self.wake_all();
    }
}

#[cfg(all(test, not(gcache_model)))]
mod tests {
    use super::Waiters;
    use crate::flights::patience::{Patience, count_alarms};
    use std::task::Waker;
    use std::time::{Duration, Instant};

    const HOUR: Duration = Duration::from_secs(60 * 60);

    #[test]
    fn one_may_compute_for_each_patience_that_passes_however_the_clock_jumps() {
        let waiters = Waiters::new(HOUR.into());
        let before = Instant::now();
        let (one, other) = (waiters.register(), waiters.register());
        let after = Instant::now();
        assert!(!waiters.try_relieve(before + HOUR.mul_f64(0.99)));
        assert!(waiters.try_relieve(after + HOUR));
        assert!(!waiters.try_relieve(after + HOUR), "somebody has");
        assert!(!waiters.try_relieve(after + HOUR.mul_f64(1.99)), "from then on");
        assert!(waiters.try_relieve(after + HOUR * 1_000));
        assert!(
            !waiters.try_relieve(after + HOUR * 1_000),
            "once, and not for each that has passed"
        );
        waiters.deregister(one);
        assert!(waiters.is_due(after + HOUR * 1_001), "the other waits");
        waiters.deregister(other);
        waiters.register();
        assert!(!waiters.try_relieve(before + HOUR.mul_f64(0.99)), "a later waiter waits as long");
        assert!(waiters.is_due(after + HOUR * 2));
    }

    #[test]
    fn without_an_end_of_patience_no_waiter_is_due() {
        for patience in [Patience::OFF, Duration::MAX.into()] {
            let waiters = Waiters::new(patience);
            waiters.register();
            assert_eq!(waiters.due(), None);
            waiters.set_alarm();
            assert!(!waiters.try_relieve(Instant::now() + HOUR * 1_000));
        }
        let none = Waiters::new(Duration::ZERO.into());
        none.register();
        assert!((0..3).all(|_| none.try_relieve(Instant::now())), "all are, at once");
    }

    /// The only test of this process that sets alarms.
    #[test]
    fn a_flight_has_one_alarm_and_none_without_waiters() {
        let waiters = Waiters::new(HOUR.into());
        let numbers = [(); 3].map(|()| waiters.register());
        for number in numbers {
            waiters.set_waker(number, Waker::noop());
            waiters.set_alarm();
        }
        assert_eq!(count_alarms(), 1);
        assert!(waiters.try_relieve(Instant::now() + HOUR * 2));
        waiters.set_alarm();
        assert_eq!(count_alarms(), 1, "the next one");
        let [one, other, last] = numbers;
        assert!(!waiters.deregister(one) && !waiters.deregister(other));
        assert_eq!(count_alarms(), 1);
        assert!(waiters.deregister(last));
        assert_eq!(count_alarms(), 0);

        let number = waiters.register();
        waiters.set_alarm();
        waiters.close();
        assert_eq!(count_alarms(), 0, "it is over");
        waiters.set_alarm();
        assert_eq!(count_alarms(), 0, "and no waiter is left to wake");
        waiters.deregister(number);
    }
}
