//! An entry: a cached value with what it depends on.

use crate::contained::Contained;
use crate::generation::Dependencies;
use crate::sync::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A cached value, the key it was computed for, and the conditions under which it is fresh.
#[derive(Debug)]
pub(crate) struct Entry<K, V> {
    key: Contained<K>,
    value: Contained<V>,
    dependencies: Dependencies,
    limits: Option<Box<Limits>>,
    /// Whether its end was counted.
    end_noted: AtomicBool,
}

/// How long an entry may live.
#[derive(Debug)]
struct Limits {
    deadline: Option<Instant>,
    idle: Option<Idle>,
}

#[derive(Debug)]
struct Idle {
    longest: Duration,
    born: Instant,
    /// The last use that was noted, in nanoseconds since `born`.
    used: AtomicU64,
}

/// Into how many steps the idle time is cut: a use is noted once per step, so an entry may end by
/// one step, 1/64 of its idle time, too early.
const STEPS: u32 = 64;

/// What a look at an entry found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// It may be served.
    Fresh,
    /// It may be served, and the store is to be told of its use.
    FreshAndNoted,
    /// One of its generations ended.
    Ended,
    /// Its time is over.
    Expired,
}

impl<K, V> Entry<K, V> {
    pub(crate) fn new(
        key: K,
        value: V,
        dependencies: Dependencies,
        deadline: Option<Instant>,
        idle: Option<Duration>,
    ) -> Self {
        let idle =
            idle.map(|longest| Idle { longest, born: Instant::now(), used: AtomicU64::new(0) });
        let limited = deadline.is_some() || idle.is_some();
        let limits = limited.then(|| Box::new(Limits { deadline, idle }));
        Self {
            key: Contained::new(key),
            value: Contained::new(value),
            dependencies,
            limits,
            end_noted: AtomicBool::new(false),
        }
    }

    #[inline]
    pub(crate) fn key(&self) -> &K {
        self.key.get()
    }

    #[inline]
    pub(crate) fn value(&self) -> &V {
        self.value.get()
    }

    pub(crate) fn into_value(mut self) -> V {
        self.value.take()
    }

    /// Whether this is the first call that found it ended or expired.
    pub(crate) fn is_first_to_note_end(&self) -> bool {
        !self.end_noted.swap(true, Ordering::Relaxed)
    }

    pub(crate) fn dependencies(&self) -> &Dependencies {
        &self.dependencies
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.limits.as_ref().and_then(|limits| limits.deadline)
    }

    /// Whether it may be served. Looks at no clock unless the entry has a limit in time.
    #[inline]
    pub(crate) fn freshness(&self) -> Freshness {
        if !self.dependencies.are_alive() {
            return Freshness::Ended;
        }
        match &self.limits {
            None => Freshness::Fresh,
            Some(limits) => limits.freshness(Instant::now()),
        }
    }
}

impl Limits {
    fn freshness(&self, now: Instant) -> Freshness {
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            return Freshness::Expired;
        }
        self.idle.as_ref().map_or(Freshness::Fresh, |idle| idle.freshness(now))
    }
}

impl Idle {
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
        Freshness::FreshAndNoted
    }
}
