//! Alarms: they wake the tasks that wait for a flight once their patience is over.
//!
//! No executor is asked for a timer, so a thread of our own keeps the time. It begins when the first alarm
//! is set and sleeps while there is none. An alarm is taken back when the last task that waits for it goes.

use crate::catch_drop::catch_drop;
use crate::sync::{Condvar, Mutex, now};
use std::collections::BTreeMap;
use std::task::Waker;
use std::thread;
use std::time::Instant;

/// When an alarm rings, and its number, since several may ring then.
type Id = (Instant, u64);

/// The alarms that are set.
struct Alarms {
    table: Mutex<Table>,
    changed: Condvar,
}

struct Table {
    next: u64,
    set: BTreeMap<Id, Waker>,
    timer: Timer,
}

/// The thread that keeps the time.
#[derive(Clone, Copy)]
enum Timer {
    /// It has not begun.
    Absent,
    /// It looks at the alarms by itself before it sleeps.
    Awake,
    /// It sleeps until then, or until it is notified.
    Asleep(Option<Instant>),
}

static ALARMS: Alarms = Alarms::new();

/// An alarm that is set, until dropped.
#[derive(Debug)]
#[must_use]
pub(super) struct Alarm(Id);

impl Alarm {
    /// Calls `waker` at `due`, once.
    pub(super) fn set(due: Instant, waker: Waker) -> Self {
        let (id, begins) = ALARMS.set(due, waker);
        if begins {
            begin_timer();
        }
        Self(id)
    }

    pub(super) fn due(&self) -> Instant {
        self.0.0
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        ALARMS.take_back(self.0);
    }
}

/// Begins the thread that keeps the time.
fn begin_timer() {
    // In the model check scenarios say when time passes: no thread is seen but theirs.
    if cfg!(gcache_model) {
        return;
    }
    let timer = thread::Builder::new().name("gcache-patience".to_owned());
    if timer.spawn(|| ALARMS.keep_time()).is_err() {
        // There is no room for a thread: the next call that sets an alarm tries again. Until then a wait
        // ends with the flight.
        ALARMS.table.lock().timer = Timer::Absent;
    }
}

impl Alarms {
    const fn new() -> Self {
        let table = Table { next: 0, set: BTreeMap::new(), timer: Timer::Absent };
        Self { table: Mutex::new(table), changed: Condvar::new() }
    }

    /// Sets an alarm; returns it, and whether the timer has still to begin.
    fn set(&self, due: Instant, waker: Waker) -> (Id, bool) {
        let mut table = self.table.lock();
        let id = (due, table.next);
        table.next += 1;
        table.set.insert(id, waker);
        let timer = table.timer;
        if matches!(timer, Timer::Absent) {
            table.timer = Timer::Awake;
        }
        drop(table);
        match timer {
            // Later alarms wait for the thread to wake by itself, so that it wakes once a patience and not
            // once a wait.
            Timer::Asleep(until) if until.is_none_or(|until| due < until) => {
                self.changed.notify_one();
            }
            Timer::Asleep(_) | Timer::Awake | Timer::Absent => {}
        }
        (id, matches!(timer, Timer::Absent))
    }

    fn take_back(&self, id: Id) {
        let waker = self.table.lock().set.remove(&id);
        // Under no lock, as any waker.
        drop(waker);
    }

    /// Rings every alarm that is due at `now`; returns when the next one is.
    fn ring(&self, now: Instant) -> Option<Instant> {
        loop {
            let mut table = self.table.lock();
            let first = table.set.first_entry()?;
            let (due, _) = *first.key();
            if due > now {
                return Some(due);
            }
            let waker = first.remove();
            drop(table);
            // Wakers are the executor's code: under no lock, and a panic of one harms no other.
            catch_drop(|| waker.wake());
        }
    }

    /// Rings each alarm in its time, for good.
    fn keep_time(&self) -> ! {
        loop {
            let next = self.ring(now());
            let mut table = self.table.lock();
            if table.set.first_key_value().map(|((due, _), _)| *due) == next {
                table.timer = Timer::Asleep(next);
                table = self.changed.wait_until(table, next);
                table.timer = Timer::Awake;
            }
        }
    }
}

/// How many alarms are set.
#[cfg(all(test, not(gcache_model)))]
pub(super) fn count_alarms() -> usize {
    ALARMS.table.lock().set.len()
}

/// Rings every alarm that is due at `now`.
#[cfg(all(test, gcache_model))]
pub(crate) fn ring(now: Instant) {
    ALARMS.ring(now);
}

#[cfg(all(test, not(gcache_model)))]
mod tests {
    use super::Alarms;
    use crate::sync::{Arc, AtomicUsize, Ordering};
    use std::task::{Wake, Waker};
    use std::time::{Duration, Instant};

    #[derive(Default)]
    struct Counts(AtomicUsize);

    impl Counts {
        fn get(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }
    }

    impl Wake for Counts {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    struct Panics;

    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("the executor is gone");
        }
    }

    fn waker(counts: &Arc<Counts>) -> Waker {
        Waker::from(Arc::clone(counts))
    }

    #[test]
    fn each_alarm_rings_once_and_none_before_its_time() {
        let (alarms, counts) = (Alarms::new(), Arc::<Counts>::default());
        let begin = Instant::now();
        let after = |seconds| begin + Duration::from_secs(seconds);
        alarms.set(after(2), waker(&counts));
        alarms.set(after(1), waker(&counts));
        assert_eq!((alarms.ring(begin), counts.get()), (Some(after(1)), 0));
        assert_eq!((alarms.ring(after(1)), counts.get()), (Some(after(2)), 1));
        assert_eq!((alarms.ring(after(1)), counts.get()), (Some(after(2)), 1));
        // The clock jumps.
        assert_eq!((alarms.ring(after(100_000)), counts.get()), (None, 2));
    }

    #[test]
    fn an_alarm_that_was_taken_back_does_not_ring() {
        let (alarms, counts) = (Alarms::new(), Arc::<Counts>::default());
        let begin = Instant::now();
        let (id, _) = alarms.set(begin, waker(&counts));
        alarms.take_back(id);
        assert_eq!(Arc::strong_count(&counts), 1, "nor is its waker kept");
        assert_eq!(alarms.ring(begin), None);
        assert_eq!(counts.get(), 0);
    }

    #[test]
    fn a_waker_that_panics_keeps_no_other_alarm_from_ringing() {
        let (alarms, counts) = (Alarms::new(), Arc::<Counts>::default());
        let begin = Instant::now();
        alarms.set(begin, Waker::from(Arc::new(Panics)));
        alarms.set(begin, waker(&counts));
        assert_eq!(alarms.ring(begin), None);
        assert_eq!(counts.get(), 1);
    }
}
