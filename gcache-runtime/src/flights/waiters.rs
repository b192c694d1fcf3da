//! Waiters: who waits for a flight, threads and tasks alike.
//!
//! A task's waker is its executor's code: it may poll or drop the task on the spot, or panic. So it is
//! cloned, called and dropped under no lock. (The `event-listener` crate calls wakers under the lock of its
//! list: a task that its waker dropped on the spot, as at the end of a runtime, never came back from there.
//! `tests/wakers.rs` has the cases.)

use crate::catch_drop::catch_drop;
use crate::flights::alarms::{Alarm, Sleepers};
use crate::patience::Patience;
use crate::sync::{Arc, Mutex, now};
use std::collections::BTreeMap;
use std::sync::Weak;
use std::task::Waker;
use std::time::Instant;

/// Those who wait, in the order in which they came.
#[derive(Debug)]
pub(crate) struct Waiters {
    patience: Patience,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    next: u64,
    wakers: BTreeMap<u64, Option<Waker>>,
    /// When one of those who wait may compute by itself: they share one patience, which begins with the
    /// first of them, and anew with each that computes.
    due: Option<Instant>,
    /// Wakes the tasks among them when it is due.
    alarm: Option<Alarm>,
    /// Whether what they wait for is over.
    closed: bool,
}

impl Waiters {
    pub(crate) fn new(patience: Patience) -> Arc<Self> {
        Arc::new(Self { patience, taken: Mutex::default() })
    }

    /// Takes a seat and returns its number.
    pub(crate) fn take(&self) -> u64 {
        let mut taken = self.taken.lock();
        if taken.wakers.is_empty() {
            taken.due = self.patience.over(now());
        }
        let number = taken.next;
        taken.next += 1;
        taken.wakers.insert(number, None);
        number
    }

    /// Leaves a seat, and says whether it was the last.
    pub(crate) fn leave(&self, number: u64) -> bool {
        let mut taken = self.taken.lock();
        let waker = taken.wakers.remove(&number);
        let last = taken.wakers.is_empty();
        let alarm = taken.alarm.take_if(|_| last);
        drop(taken);
        drop((waker, alarm));
        last
    }

    /// Whether anybody waits.
    pub(crate) fn is_any_taken(&self) -> bool {
        !self.taken.lock().wakers.is_empty()
    }

    /// When one of those who wait may compute by itself.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.taken.lock().due
    }

    /// Whether one of those who wait may compute by itself at `now`.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.due().is_some_and(|due| due <= now)
    }

    /// Whether whoever asks at `now` is the one who may compute by itself. The next may one patience from
    /// `now`, however late this one is.
    pub(crate) fn claim(&self, now: Instant) -> bool {
        let mut taken = self.taken.lock();
        let claimed = taken.due.is_some_and(|due| due <= now);
        if claimed {
            // mutant: all-waiters-relieve
            taken.due = self.patience.over(now);
        }
        claimed
    }

    /// Has all who wait woken when one of them may compute by itself. Which of them is for the first to
    /// say that comes: a task may be where nobody polls it.
    pub(crate) fn set_alarm(self: &Arc<Self>) {
        let due = {
            let taken = self.taken.lock();
            let set = taken.alarm.as_ref().map(Alarm::due);
            match taken.due {
                // mutant: alarm-not-rearmed
                Some(due) if set != Some(due) => due,
                _ => return,
            }
        };
        let seats: Weak<Self> = Arc::downgrade(self);
        let alarm = Alarm::set(due, seats);
        let mut taken = self.taken.lock();
        // Somebody may have claimed meanwhile, and another have set the next alarm.
        let stands = taken.due == Some(due) && !taken.closed;
        let before = if stands { taken.alarm.replace(alarm) } else { Some(alarm) };
        drop(taken);
        drop(before);
    }

    /// Wakes all who wait, for the last time.
    pub(crate) fn close(&self) {
        let mut taken = self.taken.lock();
        taken.closed = true;
        taken.due = None;
        let alarm = taken.alarm.take();
        drop(taken);
        drop(alarm);
        self.wake_all();
    }

    /// Has `waker` woken by the next [`wake_all`](Self::wake_all), instead of an earlier one.
    pub(crate) fn listen(&self, number: u64, waker: &Waker) {
        let waker = waker.clone();
        // mutant: first-waker-kept
        let before = self.taken.lock().wakers.insert(number, Some(waker));
        drop(before);
    }
}

impl Sleepers for Waiters {
    /// One that panics keeps no other asleep.
    fn wake_all(&self) {
        let wakers: Vec<Waker> =
            // mutant: one-waiter-woken
            self.taken.lock().wakers.values_mut().filter_map(Option::take).collect();
        wakers.into_iter().for_each(|waker| catch_drop(|| waker.wake()));
    }
}

#[cfg(all(test, not(gcache_model)))]
mod tests {
    use super::Waiters;
    use crate::flights::alarms;
    use crate::patience::Patience;
    use std::task::Waker;
    use std::time::{Duration, Instant};

    const HOUR: Duration = Duration::from_secs(60 * 60);

    #[test]
    fn one_may_compute_for_each_patience_that_passes_however_the_clock_jumps() {
        let seats = Waiters::new(HOUR.into());
        let before = Instant::now();
        let (one, other) = (seats.take(), seats.take());
        let after = Instant::now();
        assert!(!seats.claim(before + HOUR.mul_f64(0.99)));
        assert!(seats.claim(after + HOUR));
        assert!(!seats.claim(after + HOUR), "somebody has");
        assert!(!seats.claim(after + HOUR.mul_f64(1.99)), "from then on");
        assert!(seats.claim(after + HOUR * 1_000));
        assert!(!seats.claim(after + HOUR * 1_000), "once, and not for each that has passed");
        seats.leave(one);
        assert!(seats.is_due(after + HOUR * 1_001), "the other waits");
        seats.leave(other);
        seats.take();
        assert!(!seats.claim(before + HOUR.mul_f64(0.99)), "who comes later waits as long");
        assert!(seats.is_due(after + HOUR * 2));
    }

    #[test]
    fn without_an_end_of_patience_nobody_is_due() {
        for patience in [Patience::OFF, Duration::MAX.into()] {
            let seats = Waiters::new(patience);
            seats.take();
            assert_eq!(seats.due(), None);
            seats.set_alarm();
            assert!(!seats.claim(Instant::now() + HOUR * 1_000));
        }
        let none = Waiters::new(Duration::ZERO.into());
        none.take();
        assert!((0..3).all(|_| none.claim(Instant::now())), "all are, at once");
    }

    /// The only test of this process that sets alarms.
    #[test]
    fn a_flight_has_one_alarm_and_none_when_nobody_waits() {
        let seats = Waiters::new(HOUR.into());
        let numbers = [(); 3].map(|()| seats.take());
        for number in numbers {
            seats.listen(number, Waker::noop());
            seats.set_alarm();
        }
        assert_eq!(alarms::count(), 1);
        assert!(seats.claim(Instant::now() + HOUR * 2));
        seats.set_alarm();
        assert_eq!(alarms::count(), 1, "the next one");
        let [one, other, last] = numbers;
        assert!(!seats.leave(one) && !seats.leave(other));
        assert_eq!(alarms::count(), 1);
        assert!(seats.leave(last));
        assert_eq!(alarms::count(), 0);

        let number = seats.take();
        seats.set_alarm();
        seats.close();
        assert_eq!(alarms::count(), 0, "it is over");
        seats.set_alarm();
        assert_eq!(alarms::count(), 0, "and nobody is to wait any more");
        seats.leave(number);
    }
}
