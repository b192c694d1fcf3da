//! An entry: a cached value with what it depends on.

use crate::cache::window::USES;
use crate::catch_drop::catch_drop;
use crate::clock::{self, Timestamp};
use crate::generations::{Deadline, Dependencies, advance_epoch};
use crate::sync::{AtomicBool, AtomicFew, AtomicFlag, AtomicIndex, AtomicU64, Ordering};
use std::any::Any;
use std::fmt;
use std::ops::Deref;
use std::time::{Duration, Instant};

/// A cached value, the key it was computed for, and the conditions under which it is fresh.
///
/// In this order, so that what a hit reads of it comes first and lies together.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Entry<K, V> {
    marks: Marks,
    limits: Option<Box<Limits>>,
    /// Under one tag, to save a word for plain data.
    content: Option<(K, V)>,
    dependencies: Dependencies,
}

/// What its memo notes on an entry, whatever its key and value are.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// Whether its memo removed it.
    removed: AtomicBool,
    /// Whether its end was counted.
    end_counted: AtomicBool,
    /// How often it was found since it was inserted, as far as was noted, up to a few.
    uses: AtomicFew,
    /// Whether the eviction policy decides about it. Written under the lock of the slot list.
    promoted: AtomicFlag,
    /// Its index in the slot list of its memo, plus one; 0: none. Written under the lock of the list.
    index: AtomicIndex,
}

/// How long an entry may live.
#[derive(Debug)]
struct Limits {
    deadline: Deadline,
    idle: Option<Idle>,
    /// Until when, on the coarse clock, the exact clock need not be asked.
    sure_until: AtomicU64,
}

#[derive(Debug)]
struct Idle {
    longest: Duration,
    born: Instant,
    /// The last use that was recorded, in nanoseconds since `born`.
    used: AtomicU64,
}

/// Into how many steps the idle time is cut: a use is recorded once per step, so an entry may expire one step, 1/64 of
/// its idle time, too early.
const STEPS: u32 = 64;

/// What a look at an entry found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// It may be served.
    Fresh,
    /// It may be served, and the eviction policy is to record its use.
    FreshAndUsed,
    /// One of its generations ended.
    Ended,
    /// Its time is over.
    Expired,
}

/// An entry, whatever its key and value are.
pub(crate) trait AnyEntry: Any + Send + Sync {
    /// Whether it was valid for a call made at `called`, which joined its flight at `joined`.
    fn was_valid(&self, called: Timestamp, joined: Instant) -> bool;
}

impl<K: Send + Sync + 'static, V: Send + Sync + 'static> AnyEntry for Entry<K, V> {
    fn was_valid(&self, called: Timestamp, joined: Instant) -> bool {
        // A value in doubt is too old for a call that joins after its deadline.
        // mutant: doubtful-flight-joined-2
        let given = self.deadline().is_none_or(|deadline| deadline.is_given_at(joined));
        // mutant: waiter-takes-too-old
        // mutant: any-flight-joined-2
        given && self.dependencies.lived_at(called)
    }
}

impl fmt::Debug for dyn AnyEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").finish_non_exhaustive()
    }
}

impl<K, V> Entry<K, V> {
    pub(crate) fn new(
        key: K,
        value: V,
        dependencies: Dependencies,
        deadline: Deadline,
        idle: Option<Duration>,
    ) -> Self {
        let idle =
            idle.map(|longest| Idle { longest, born: Instant::now(), used: AtomicU64::new(0) });
        let limited = deadline.kept().is_some() || idle.is_some();
        let limits =
            limited.then(|| Box::new(Limits { deadline, idle, sure_until: AtomicU64::new(0) }));
        Self { marks: Marks::default(), limits, content: Some((key, value)), dependencies }
    }

    #[inline]
    pub(crate) fn key(&self) -> &K {
        &self.content().0
    }

    #[inline]
    pub(crate) fn value(&self) -> &V {
        &self.content().1
    }

    #[inline]
    fn content(&self) -> &(K, V) {
        self.content.as_ref().expect("the content is there until the entry is dropped")
    }

    pub(crate) fn into_value(mut self) -> V {
        let (key, value) = self.content.take().expect("the content is taken once");
        catch_drop(|| drop(key));
        value
    }

    /// Whether no lookup can find it fresh again, as far as is known without a clock.
    pub(super) fn is_dead(&self) -> bool {
        self.is_removed() || !self.dependencies.are_alive()
    }

    pub(crate) fn dependencies(&self) -> &Dependencies {
        &self.dependencies
    }

    /// Until when it may be used, if there is a limit to its time.
    #[inline]
    pub(crate) fn deadline(&self) -> Option<&Deadline> {
        self.limits.as_ref().map(|limits| &limits.deadline)
    }

    /// Whether there is a limit to its time.
    pub(crate) fn is_limited(&self) -> bool {
        self.limits.is_some()
    }

    /// Whether its time is over, but for a use that it lacks.
    pub(crate) fn is_over(&self) -> bool {
        self.limits.as_ref().is_some_and(|limits| !limits.is_sure() && limits.is_over())
    }

    /// Whether it may be served, if its generations are `alive`. Looks at no clock unless the entry has a
    /// limit in time.
    #[inline]
    pub(crate) fn freshness(&self, alive: bool) -> Freshness {
        if !alive {
            return Freshness::Ended;
        }
        match &self.limits {
            Some(limits) if !limits.is_sure() => limits.freshness(),
            _ => Freshness::Fresh,
        }
    }
}

impl<K, V> Deref for Entry<K, V> {
    type Target = Marks;

    #[inline]
    fn deref(&self) -> &Marks {
        &self.marks
    }
}

impl Marks {
    /// Marks it as removed from its memo, for the local caches that hold it. Where it `has_ended` they find so without
    /// an epoch of its own.
    pub(super) fn mark_removed(&self, has_ended: bool) {
        self.removed.store(true, Ordering::Release);
        // mutant: departure-not-counted
        if !has_ended {
            advance_epoch();
        }
    }

    /// Its index in the slot list of its memo.
    pub(super) fn index(&self) -> Option<u32> {
        self.index.load(Ordering::Relaxed).checked_sub(1)
    }

    pub(super) fn set_index(&self, index: Option<u32>) {
        self.index.store(index.map_or(0, |index| index + 1), Ordering::Relaxed);
    }

    pub(super) fn take_index(&self) -> Option<u32> {
        self.index.swap(0, Ordering::Relaxed).checked_sub(1)
    }

    /// How often it was found since it was inserted.
    pub(super) fn uses(&self) -> u8 {
        self.uses.load(Ordering::Relaxed)
    }

    /// Notes that it was found. Only the first times write.
    #[inline]
    pub(super) fn note_use(&self) {
        let uses = self.uses();
        if uses < USES {
            self.uses.store(uses + 1, Ordering::Relaxed);
        }
    }

    /// Notes that its key was used so often before it was inserted.
    pub(super) fn note_uses(&self, uses: u8) {
        self.uses.store(uses, Ordering::Relaxed);
    }

    /// Whether the eviction policy decides about it, and no longer its age.
    pub(super) fn is_promoted(&self) -> bool {
        self.promoted.load(Ordering::Relaxed)
    }

    pub(super) fn set_promoted(&self, promoted: bool) {
        self.promoted.store(promoted, Ordering::Relaxed);
    }

    /// Whether its memo removed it.
    #[inline]
    pub(super) fn is_removed(&self) -> bool {
        self.removed.load(Ordering::Acquire)
    }

    /// Whether this is the first call that found it ended or expired.
    pub(super) fn is_first_to_count_end(&self) -> bool {
        !self.end_counted.swap(true, Ordering::Relaxed)
    }
}

/// An entry ends in the middle of someone else's lookup, so its destructors may panic without harm.
impl<K, V> Drop for Entry<K, V> {
    fn drop(&mut self) {
        if !std::mem::needs_drop::<(K, V)>() {
            return;
        }
        if let Some((key, value)) = self.content.take() {
            catch_drop(|| drop(key));
            catch_drop(|| drop(value));
        }
    }
}

impl Limits {
    #[inline]
    fn is_sure(&self) -> bool {
        clock::coarse() < self.sure_until.load(Ordering::Relaxed)
    }

    fn is_over(&self) -> bool {
        self.deadline.kept().is_some_and(|deadline| Instant::now() >= deadline)
    }

    #[cold]
    fn freshness(&self) -> Freshness {
        let (coarse, now) = (clock::coarse(), Instant::now());
        let deadline = self.deadline.kept();
        // mutant: entry-time-ignored
        if deadline.is_some_and(|deadline| now >= deadline) {
            return Freshness::Expired;
        }
        let freshness = self.idle.as_ref().map_or(Freshness::Fresh, |idle| idle.freshness(now));
        // The next to ask the exact clock is the first who might get another answer.
        let deadline = deadline.map(|deadline| deadline.saturating_duration_since(now));
        let record = self.idle.as_ref().map(|idle| idle.next_record(now));
        let sure = deadline.into_iter().chain(record).min().unwrap_or_default();
        // mutant: time-asked-once
        self.sure_until.store(clock::surely(coarse, sure), Ordering::Relaxed);
        freshness
    }
}

impl Idle {
    /// For how long from `now` on a use need not be recorded.
    fn next_record(&self, now: Instant) -> Duration {
        let used = Duration::from_nanos(self.used.load(Ordering::Relaxed));
        (used + self.longest / STEPS).saturating_sub(now.saturating_duration_since(self.born))
    }

    fn freshness(&self, now: Instant) -> Freshness {
        let since_birth = now.saturating_duration_since(self.born);
        let used = Duration::from_nanos(self.used.load(Ordering::Relaxed));
        let unused = since_birth.saturating_sub(used);
        if unused >= self.longest {
            return Freshness::Expired;
        }
        if unused < self.longest / STEPS {
            return Freshness::Fresh;
        }
        // 584 years of nanoseconds fit.
        let nanos = u64::try_from(since_birth.as_nanos()).unwrap_or(u64::MAX);
        self.used.store(nanos, Ordering::Relaxed);
        Freshness::FreshAndUsed
    }
}
