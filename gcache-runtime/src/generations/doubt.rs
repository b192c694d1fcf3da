//! Doubt: what is computed while the database may still be changing what it reads.
//!
//! A future that is dropped in the middle leaves its statement under way. Its groups end at once, but what is
//! computed right after may still read what was before the statement. So they are **in doubt** for a while:
//! what depends on them gets a deadline, the begin of its computation and a tenth of the doubt, a second at
//! most, or the end of the doubt, whichever comes first.
//!
//! When a doubt ends at `e`, nothing that was computed in it is used any more, so nothing has to end once
//! more, and there is no timer. Let the database be done by `e`, and let a call begin after `e` and take a
//! value whose computation, which began at `b`, depends on the group. Then `b` is after `e`:
//!
//! - *A dependency named in advance* is taken before the body begins. An invalidation sets the doubt and then ends the
//!   generation (`KeyedGenerations::end_key`, `GenerationCell::end_current`); a thread that collects it looks for the doubt after that. So either
//!   the generation has ended, or the doubt is seen, and the deadline is `e` at the latest.
//! - *A late dependency* counts from the begin of the body, which notes the time if anything at all is in
//!   doubt ([`now_if_any`]). If nothing was, the invalidation has a later timestamp than the body's begin, and the value
//!   is outdated. A doubt that is over still counts for a body that began in it, so its end is kept.
//! - *An entry* is not served after its deadline, from the local cache or the map: one with a limit in time is looked at by
//!   each hit. A hit tells its deadline to the body that made it, and so does a nested body, however it ends.
//! - *A flight* whose deadline has passed is not joined, and gives its value to no call that joined after it
//!   (`Waiter::joined`): its own deadline may have been learned from a body that it waited for.
//!
//! gcache cannot know what the database does after `e`: a statement that takes longer leaves values that were read
//! before its end.

use super::backlog;
use crate::clock::Timestamp;
use crate::sync::{AtomicCount, AtomicU64, Mutex, OnceLock, Ordering};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long a doubt lasts, in nanoseconds.
static LENGTH: AtomicCount = AtomicCount::new(10_000_000_000);

/// The longest doubt, so that its end is a time that exists.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// For how long a value is used that was computed in doubt, at most.
const USE: Duration = Duration::from_secs(1);

/// When the last doubt of all is over, in nanoseconds since [`EPOCH`]; 0 where none is known.
static LAST: AtomicU64 = AtomicU64::new(0);

static EPOCH: OnceLock<Instant> = OnceLock::new();

/// Sets how long groups are in doubt after a future that may have changed them was dropped unfinished: 10
/// seconds unless set.
///
/// The database goes on with a statement whose future is dropped. Until it is surely done, what depends on its
/// groups is computed, shared among those who wait, and kept for a tenth of this time, a second at most.
/// A statement that takes longer than this leaves a value that is no longer true, until its group is
/// next ended: set it to more than the time after which your database gives a statement up.
/// A day is the longest. [`Duration::ZERO`] leaves no doubt: groups end when the future is dropped, and no
/// more.
///
/// It holds for doubts that begin after this.
///
/// ```
/// use std::time::Duration;
///
/// // With `SET statement_timeout = '30s'` in the database.
/// gcache::set_doubt(Duration::from_secs(30));
/// ```
pub fn set_doubt(length: Duration) {
    let nanos = length.min(LONGEST).as_nanos();
    LENGTH.store(u64::try_from(nanos).unwrap_or(u64::MAX), Ordering::Relaxed);
}

fn length() -> Duration {
    Duration::from_nanos(LENGTH.load(Ordering::Relaxed))
}

/// When a group is invalidated, and until when it is in doubt after that.
#[derive(Clone, Copy, Debug)]
pub struct InvalidatedAt {
    pub(crate) timestamp: Timestamp,
    pub(crate) in_doubt_until: Option<Instant>,
}

impl InvalidatedAt {
    /// Now; in doubt if the change was left `unfinished`.
    pub(crate) fn now(unfinished: bool) -> Self {
        let length = if unfinished { length() } else { Duration::ZERO };
        if length.is_zero() {
            return Self { timestamp: Timestamp::next(), in_doubt_until: None };
        }
        let until = Instant::now() + length;
        // Before the timestamp: a body that begins later in timestamps notes its time.
        // mutant: doubt-noted-late
        LAST.fetch_max(nanos(until), Ordering::SeqCst);
        Self { timestamp: Timestamp::next(), in_doubt_until: Some(until) }
    }

    /// By others, whose writes are done.
    pub(crate) fn by_others(timestamp: Timestamp) -> Self {
        Self { timestamp, in_doubt_until: None }
    }
}

/// Never 0.
fn nanos(moment: Instant) -> u64 {
    let since = moment.saturating_duration_since(*EPOCH.get_or_init(Instant::now));
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX).max(1)
}

/// Now, if any group may be in doubt; else it takes one load.
#[inline]
pub(crate) fn now_if_any() -> Option<Instant> {
    // Those who must see a doubt have seen its invalidation's lock, fence or timestamp, before which it was set.
    match LAST.load(Ordering::Relaxed) {
        0 => None,
        last => now_before(last),
    }
}

#[cold]
fn now_before(last: u64) -> Option<Instant> {
    let now = Instant::now();
    if nanos(now) < last {
        return Some(now);
    }
    // Over, unless there is a new one.
    if LAST.compare_exchange(last, 0, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
        // And so is the time of all that was computed in any.
        backlog::note_expired();
    }
    None
}

/// Says that values have deadlines, the last one at `moment`: once it is over, they are swept as after a doubt.
pub(crate) fn note_deadlines_until(moment: Instant) {
    LAST.fetch_max(nanos(moment), Ordering::SeqCst);
}

/// Has what was computed in doubt swept, once no group is in doubt any more.
pub(crate) fn notice_end_of_doubts() {
    let _ = now_if_any();
}

/// When what was computed from `begun` on is not to be used any more, if it rests on a group that is in doubt
/// until `until`.
pub(crate) fn deadline(begun: Instant, until: Instant) -> Option<Instant> {
    let kept = USE.min(length() / 10);
    (begun < until).then(|| until.min(begun + kept))
}

/// Of how many keys it is remembered that they are in doubt. With one more all of them are: a client that makes many
/// requests and leaves them cannot fill the memory.
const MOST: usize = 1024;

/// Below this many doubts none is looked for that is over.
const SWEEP_FROM: usize = 16;

/// The doubts of keys, by their hash: a key of the same hash is in doubt as well.
#[derive(Debug)]
pub(crate) struct Doubts(Mutex<Keys>);

#[derive(Debug)]
struct Keys {
    /// Until when.
    doubts: BTreeMap<u64, Instant>,
    /// Until when all keys are in doubt: the end of those that were too many, or are over and forgotten.
    all: Option<Instant>,
    /// At this many doubts, those that are over are forgotten.
    sweep_at: usize,
}

impl Doubts {
    /// No doubts.
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Keys { doubts: BTreeMap::new(), all: None, sweep_at: SWEEP_FROM }))
    }

    /// Puts the key of `hash` in doubt until `until`.
    pub(crate) fn add(&self, hash: u64, until: Instant) {
        let mut keys = self.0.lock();
        // mutant: doubt-forgotten
        if keys.doubts.len() >= keys.sweep_at {
            keys.forget(Instant::now());
        }
        keys.add(hash, until);
    }

    /// Until when the key of `hash` is or was in doubt, for a computation.
    pub(crate) fn until(&self, hash: u64) -> Option<Instant> {
        let keys = self.0.lock();
        keys.doubts.get(&hash).copied().max(keys.all)
    }
}

impl Keys {
    fn add(&mut self, hash: u64, until: Instant) {
        if self.doubts.len() >= MOST && !self.doubts.contains_key(&hash) {
            self.all = self.all.max(Some(until));
            return;
        }
        let known = self.doubts.entry(hash).or_insert(until);
        *known = until.max(*known);
    }

    /// Forgets those that are over by `now`. A body that began before that may still come to depend on one.
    fn forget(&mut self, now: Instant) {
        let over = self.doubts.values().copied().filter(|until| *until <= now).max();
        // mutant: doubt-forgotten-2
        self.doubts.retain(|_, until| *until > now);
        self.all = self.all.max(over);
        self.sweep_at = (2 * self.doubts.len()).clamp(SWEEP_FROM, MOST);
    }
}

/// No doubt that has begun is known any more, where an execution of the model check begins.
#[cfg(all(test, gcache_model))]
pub(crate) fn forget_all() {
    LAST.store(0, Ordering::SeqCst);
}

#[cfg(all(test, gcache_model))]
impl Doubts {
    /// Forgets them all, as if there had been none.
    pub(crate) fn forget_all(&self) {
        let mut keys = self.0.lock();
        *keys = Keys { doubts: BTreeMap::new(), all: None, sweep_at: SWEEP_FROM };
    }
}

#[cfg(all(test, not(gcache_model)))]
mod tests {
    use super::{Doubts, MOST, SWEEP_FROM};
    use std::time::{Duration, Instant};

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_doubt_that_is_over_is_forgotten_and_counts_for_a_body_that_began_in_it() {
        let doubts = Doubts::new();
        let over = Instant::now();
        for hash in 0..SWEEP_FROM as u64 {
            doubts.add(hash, over);
        }
        let until = Instant::now() + 1_000 * SECOND;
        doubts.add(u64::MAX, until);
        assert_eq!(doubts.0.lock().doubts.len(), 1);
        assert_eq!(doubts.until(u64::MAX), Some(until));
        assert_eq!(doubts.until(0), Some(over));
    }

    #[test]
    fn more_than_are_kept_put_all_keys_in_doubt() {
        let doubts = Doubts::new();
        let until = Instant::now() + 1_000 * SECOND;
        for hash in 0..MOST as u64 {
            doubts.add(hash, until);
        }
        assert_eq!(doubts.until(u64::MAX), None);
        doubts.add(7, until + SECOND);
        assert_eq!((doubts.until(7), doubts.until(u64::MAX)), (Some(until + SECOND), None));
        doubts.add(u64::MAX - 1, until);
        assert_eq!(doubts.until(u64::MAX), Some(until));
        assert_eq!(doubts.0.lock().doubts.len(), MOST);
    }
}
