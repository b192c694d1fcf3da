//! Alarms: wake those who wait asynchronously once their patience is over.
//!
//! No executor is asked for a timer, so a thread of our own keeps the time. It begins when the first alarm
//! is set and sleeps while there is none. It holds nobody's values: an alarm refers to seats, weakly, and is
//! taken back when nobody waits there any more.

use crate::catch_drop::catch_drop;
use crate::sync::{Condvar, Mutex, now};
use std::collections::BTreeMap;
use std::sync::Weak;
use std::thread;
use std::time::Instant;

/// Those whom an alarm wakes.
pub(crate) trait Sleepers: Send + Sync {
    /// Wakes all of them.
    fn wake_all(&self);
}

/// When an alarm rings, and which of those it is.
type Id = (Instant, u64);

/// The alarms that are set.
struct Alarms {
    table: Mutex<Table>,
    changed: Condvar,
}

struct Table {
    next: u64,
    set: BTreeMap<Id, Weak<dyn Sleepers>>,
    watch: Watch,
}

/// What the thread that keeps the time is doing.
#[derive(Clone, Copy)]
enum Watch {
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
pub(crate) struct Alarm(Id);

impl Alarm {
    /// Wakes `sleepers` at `due`, once.
    pub(crate) fn set(due: Instant, sleepers: Weak<dyn Sleepers>) -> Self {
        let (id, begins) = ALARMS.set(due, sleepers);
        if begins {
            begin_watch();
        }
        Self(id)
    }

    pub(crate) fn due(&self) -> Instant {
        self.0.0
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        ALARMS.take_back(self.0);
    }
}

/// Begins the thread that keeps the time.
fn begin_watch() {
    // In the model check scenarios say when time passes: no thread is seen but theirs.
    if cfg!(gcache_model) {
        return;
    }
    let watch = thread::Builder::new().name("gcache-patience".to_owned());
    if watch.spawn(|| ALARMS.watch()).is_err() {
        // There is no room for a thread: whoever sets the next alarm tries again. Until then a wait
        // ends with what it waits for.
        ALARMS.table.lock().watch = Watch::Absent;
    }
}

impl Alarms {
    const fn new() -> Self {
        let table = Table { next: 0, set: BTreeMap::new(), watch: Watch::Absent };
        Self { table: Mutex::new(table), changed: Condvar::new() }
    }

    /// Sets an alarm; returns it, and whether there is nobody yet to keep the time.
    fn set(&self, due: Instant, sleepers: Weak<dyn Sleepers>) -> (Id, bool) {
        let mut table = self.table.lock();
        let id = (due, table.next);
        table.next += 1;
        table.set.insert(id, sleepers);
        let watch = table.watch;
        if matches!(watch, Watch::Absent) {
            table.watch = Watch::Awake;
        }
        drop(table);
        match watch {
            // Later alarms wait for the thread to wake by itself, so that it wakes once a patience and not
            // once a wait.
            Watch::Asleep(until) if until.is_none_or(|until| due < until) => {
                self.changed.notify_one();
            }
            Watch::Asleep(_) | Watch::Awake | Watch::Absent => {}
        }
        (id, matches!(watch, Watch::Absent))
    }

    fn take_back(&self, id: Id) {
        self.table.lock().set.remove(&id);
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
            let sleepers = first.remove();
            drop(table);
            // Wakers are the executor's code: under no lock, and a panic of one harms no other.
            catch_drop(|| {
                if let Some(sleepers) = sleepers.upgrade() {
                    sleepers.wake_all();
                }
            });
        }
    }

    /// Rings each alarm in its time, for good.
    fn watch(&self) -> ! {
        loop {
            let next = self.ring(now());
            let mut table = self.table.lock();
            if table.set.first_key_value().map(|((due, _), _)| *due) == next {
                table.watch = Watch::Asleep(next);
                table = self.changed.wait_until(table, next);
                table.watch = Watch::Awake;
            }
        }
    }
}

/// How many alarms are set.
#[cfg(all(test, not(gcache_model)))]
pub(crate) fn count() -> usize {
    ALARMS.table.lock().set.len()
}

/// Rings every alarm that is due at `now`.
#[cfg(all(test, gcache_model))]
pub(crate) fn ring(now: Instant) {
    ALARMS.ring(now);
}

#[cfg(all(test, not(gcache_model)))]
mod tests {
    use super::{Alarms, Sleepers};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Weak};
    use std::time::{Duration, Instant};

    #[derive(Default)]
    struct Counts(AtomicUsize);

    impl Sleepers for Counts {
        fn wake_all(&self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    struct Panics;

    impl Sleepers for Panics {
        fn wake_all(&self) {
            panic!("the executor is gone");
        }
    }

    fn weak<S: Sleepers + 'static>(sleepers: &Arc<S>) -> Weak<dyn Sleepers> {
        let sleepers: Arc<dyn Sleepers> = Arc::<S>::clone(sleepers);
        Arc::downgrade(&sleepers)
    }

    #[test]
    fn each_alarm_rings_once_and_none_before_its_time() {
        let (alarms, counts) = (Alarms::new(), Arc::<Counts>::default());
        let begin = Instant::now();
        let after = |seconds| begin + Duration::from_secs(seconds);
        alarms.set(after(2), weak(&counts));
        alarms.set(after(1), weak(&counts));
        let rung = || counts.0.load(Ordering::Relaxed);
        assert_eq!((alarms.ring(begin), rung()), (Some(after(1)), 0));
        assert_eq!((alarms.ring(after(1)), rung()), (Some(after(2)), 1));
        assert_eq!((alarms.ring(after(1)), rung()), (Some(after(2)), 1));
        // The clock jumps.
        assert_eq!((alarms.ring(after(100_000)), rung()), (None, 2));
    }

    #[test]
    fn what_is_taken_back_or_has_gone_does_not_ring() {
        let (alarms, counts) = (Alarms::new(), Arc::<Counts>::default());
        let begin = Instant::now();
        let (id, _) = alarms.set(begin, weak(&counts));
        alarms.set(begin, weak(&Arc::<Counts>::default()));
        alarms.take_back(id);
        assert_eq!(alarms.ring(begin), None);
        assert_eq!(counts.0.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_waker_that_panics_keeps_no_other_alarm_from_ringing() {
        let (alarms, panics, counts) = (Alarms::new(), Arc::new(Panics), Arc::<Counts>::default());
        let begin = Instant::now();
        alarms.set(begin, weak(&panics));
        alarms.set(begin, weak(&counts));
        assert_eq!(alarms.ring(begin), None);
        assert_eq!(counts.0.load(Ordering::Relaxed), 1);
    }
}
