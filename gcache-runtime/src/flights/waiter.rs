//! Waiters: calls that wait for a flight, threads and tasks alike.
//!
//! A task's waker is its executor's code: it may poll or drop the task on the spot, or panic. So it is
//! cloned, called and dropped under no lock, and it is called and dropped outside of the body that happens to run here:
//! what the task uses is its own dependency. (The `event-listener` crate calls wakers under the lock of its
//! list: a task that its waker dropped on the spot, as at the end of a runtime, never came back from there.
//! `tests/wakers.rs` has the cases.)

use crate::cache::Vacant;
use crate::clock::Timestamp;
use crate::config::Patience;
use crate::context::{self, Frame};
use crate::flights::alarm::Alarm;
use crate::flights::flight::{Flight, WaitOutcome};
use crate::flights::wait_graph::WaitEdge;
use crate::sync::{Arc, Sleeper, now};
use std::collections::BTreeMap;
use std::task::{Poll, Waker};
use std::time::Instant;

/// A call that waits for a flight, until dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct Waiter {
    flight: Arc<Frame<Flight>>,
    /// Its number among the waiters.
    number: u64,
    pub(super) vacant: Vacant,
    /// When the call was made: its value must not have been invalidated before.
    pub(super) called: Timestamp,
    /// When it joined, which is after the call.
    joined: Instant,
    /// How many flights have failed while the call waited for them.
    pub(super) failures: u32,
    /// From the bodies that wait to the flight, while they do.
    edge: Option<WaitEdge>,
}

impl Waiter {
    /// Joins `flight`.
    pub(super) fn join(
        flight: Arc<Frame<Flight>>,
        patience: Patience,
        vacant: Vacant,
        called: Timestamp,
        failures: u32,
    ) -> Self {
        let number = flight.join(patience);
        Self { flight, number, vacant, called, joined: Instant::now(), failures, edge: None }
    }

    pub(super) fn flight(&self) -> &Arc<Frame<Flight>> {
        &self.flight
    }

    /// Notes in the wait-for graph that the bodies that are running here wait; `false` where waiting could never
    /// end.
    pub(super) fn enter_graph(&mut self) -> bool {
        self.edge = WaitEdge::begin(context::current().as_ref(), &*self.flight);
        self.edge.is_some()
    }

    /// Whether the patience of one of the waiters is over.
    pub(super) fn is_due(&self) -> bool {
        self.flight.due().is_some_and(|due| due <= now())
    }

    /// Whether it is polled by other bodies than those that the wait-for graph knows of: it was handed to one that did
    /// not begin it. Such a wait may close a circle as any other.
    fn is_handed_on(&self) -> bool {
        let is_of_others = |edge: &WaitEdge| edge.is_of_others(context::current().as_ref());
        !context::is_passing() && self.edge.as_ref().is_some_and(is_of_others)
    }

    /// Leaves the wait-for graph, and returns how the wait ends; `None` while that is open.
    pub(super) fn outcome(&mut self) -> Option<WaitOutcome> {
        self.edge = None;
        self.flight.outcome(self.called, self.joined)
    }

    /// Whether there is something for this call; if not, `waker` is woken when there may be.
    fn register_waker(&self, waker: &Waker) -> bool {
        // mutant: waiter-looks-before-registering
        self.flight.set_waker(self.number, waker);
        // Looked at after the waker is set: an end between the two would wake no waker.
        self.flight.outcome(self.called, self.joined).is_some()
    }

    /// Waits on this thread until there may be something for this call, or it is due.
    pub(crate) fn wait(&self) {
        let sleeper = Arc::new(Sleeper::default());
        if !self.register_waker(&Waker::from(Arc::clone(&sleeper))) {
            if cfg!(gcache_model) {
                self.flight.set_alarm();
            }
            // mutant: thread-patience-ignored
            sleeper.sleep(self.flight.due());
        }
    }

    /// Whether there is something for this call, or it is due or was handed on; if not, `waker` is woken when there may
    /// be.
    pub(crate) fn poll(&self, waker: &Waker) -> Poll<()> {
        if self.register_waker(waker) || self.is_due() || self.is_handed_on() {
            return Poll::Ready(());
        }
        // mutant: task-patience-ignored
        self.flight.set_alarm();
        Poll::Pending
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        // First: what is dropped next may be the user's, whose destructors wait as they like.
        self.edge = None;
        self.flight.leave(self.number);
    }
}

/// The waiters of a flight, in the order in which they joined.
#[derive(Debug)]
pub(super) struct Waiters {
    next: u64,
    pub(super) wakers: BTreeMap<u64, Option<Waker>>,
    /// When one of the waiters may compute by itself: they share one patience, which begins with the
    /// first of them, and anew with each that computes.
    pub(super) due: Option<Instant>,
    /// Wakes the tasks among them when it is due.
    pub(super) alarm: Option<Alarm>,
}

impl Waiters {
    /// No waiters yet, whose patience is over when `due` says.
    pub(super) fn new(due: Option<Instant>) -> Self {
        Self { next: 0, wakers: BTreeMap::new(), due, alarm: None }
    }

    /// Adds a waiter, and returns its number.
    pub(super) fn join(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        self.wakers.insert(number, None);
        number
    }

    /// Whether the waiter that asks at `now` is the one that may compute by itself. The next may one patience from
    /// `now`, however late this one is.
    pub(super) fn try_relieve(&mut self, now: Instant, patience: Patience) -> bool {
        let may = self.due.is_some_and(|due| due <= now);
        if may {
            // mutant: all-waiters-relieve
            self.due = patience.over(now);
        }
        may
    }

    /// The wakers of all waiters, to be woken; for the `last` time with the alarm, to be dropped, since then none of
    /// them may compute by itself.
    pub(super) fn call(&mut self, last: bool) -> (Vec<Waker>, Option<Alarm>) {
        self.due = self.due.filter(|_| !last);
        // mutant: one-waiter-woken
        let wakers = self.wakers.values_mut().filter_map(Option::take).collect();
        (wakers, self.alarm.take_if(|_| last))
    }
}

#[cfg(all(test, not(gcache_model)))]
mod tests {
    use super::Waiters;
    use crate::config::Patience;
    use std::time::{Duration, Instant};

    const HOUR: Duration = Duration::from_secs(60 * 60);

    #[test]
    fn one_may_compute_for_each_patience_that_passes_however_the_clock_jumps() {
        let (patience, begin) = (Patience::from(HOUR), Instant::now());
        let mut waiters = Waiters::new(patience.over(begin));
        let mut at = |hours| waiters.try_relieve(begin + HOUR.mul_f64(hours), patience);
        assert!(!at(0.99));
        assert!(at(1.5));
        assert!(!at(1.5), "somebody has");
        assert!(!at(2.49), "from then on");
        assert!(at(1_000.0));
        assert!(!at(1_000.0), "once, and not for each that has passed");
    }

    #[test]
    fn without_an_end_of_patience_no_waiter_is_due() {
        let begin = Instant::now();
        for patience in [Patience::OFF, Duration::MAX.into()] {
            let mut waiters = Waiters::new(patience.over(begin));
            assert_eq!(waiters.due, None);
            assert!(!waiters.try_relieve(begin + HOUR * 1_000, patience));
        }
        let zero = Patience::from(Duration::ZERO);
        let mut none = Waiters::new(zero.over(begin));
        assert!((0..3).all(|_| none.try_relieve(Instant::now(), zero)), "all are, at once");
    }
}
