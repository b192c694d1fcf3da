//! What happened: counted where it happens, summed when asked.

use crate::budget;
use crate::registry;
use crate::sync::{Arc, AtomicCount, Mutex, Ordering};
use std::collections::BTreeMap;
use std::fmt;

/// A count of which each thread that adds to it has a share.
///
/// Only its thread writes to a share, so counting is a load and a store, and no other thread's cache
/// line is touched. The sum is exact once the counting threads have been joined.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    shares: Mutex<Vec<Arc<Share>>>,
    /// What threads without a share have counted, and those that gave theirs back.
    rest: Tally,
}

/// One thread's share of a count, on cache lines of its own.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Share(AtomicCount);

impl Counter {
    /// A share for this thread.
    pub(crate) fn share(&self) -> Arc<Share> {
        let share = Arc::<Share>::default();
        self.shares.lock().push(Arc::clone(&share));
        share
    }

    /// Adds what was counted in `share`, and forgets it.
    pub(crate) fn give_back(&self, share: &Arc<Share>) {
        let mut shares = self.shares.lock();
        shares.retain(|known| !Arc::ptr_eq(known, share));
        self.rest.0.fetch_add(share.get(), Ordering::Relaxed);
    }

    /// Adds one, for a thread without a share.
    pub(crate) fn add(&self) {
        self.rest.add(1);
    }

    pub(crate) fn sum(&self) -> u64 {
        let shares = self.shares.lock();
        shares.iter().map(|share| share.get()).sum::<u64>() + self.rest.get()
    }
}

impl Share {
    /// Adds one, and returns the count.
    #[inline]
    pub(crate) fn add(&self) -> u64 {
        let count = self.get() + 1;
        self.0.store(count, Ordering::Relaxed);
        count
    }

    #[inline]
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A count that any thread adds to: for what is rare beside a hit.
#[derive(Debug, Default)]
pub(crate) struct Tally(AtomicCount);

impl Tally {
    pub(crate) const fn new() -> Self {
        Self(AtomicCount::new(0))
    }

    pub(crate) fn add(&self, count: usize) {
        self.0.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The counts of one memo.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) hits: Counter,
    pub(crate) misses: Tally,
    pub(crate) joined: Tally,
    pub(crate) relieved: Tally,
    pub(crate) ended: Tally,
    pub(crate) expired: Tally,
    pub(crate) evicted: Tally,
    pub(crate) errors: Tally,
    pub(crate) unstored: Tally,
    pub(crate) groupless: Tally,
}

/// What happened in a cached function since the program began.
///
/// Every call is a hit, a miss or a join. The counts are exact once the threads that called have
/// been joined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Calls answered by an entry.
    pub hits: u64,
    /// Calls that ran the body.
    pub misses: u64,
    /// Calls answered by another call's computation.
    pub joined: u64,
    /// Computations that were relieved: a call that had waited for one as long as its patience ran the body
    /// beside it. Each is among the misses, too.
    pub relieved: u64,
    /// Entries that a call, or the housekeeping, found ended, since something that they depend on was invalidated.
    pub ended: u64,
    /// Entries whose time was over.
    pub expired: u64,
    /// Entries that were given up for others, or found no room.
    pub evicted: u64,
    /// Errors that were returned and not stored.
    pub errors: u64,
    /// Values that were returned and not stored, since `cache_if` said so, since they weigh more than all entries
    /// may, since something that they depend on was invalidated while they were computed, or since a call beside
    /// them was first.
    pub unstored: u64,
    /// Values for which a function with the option `found` has found no group. Each is among the unstored, too.
    pub groupless: u64,
    /// Entries that are in memory now. What has ended counts until it is freed, as does, with a `ttl` or `idle`, what
    /// is about to be evicted: up to an eighth more than the capacity. To ask for it frees nothing.
    pub entries: u64,
    /// The weight of these entries, by `weigh`, or their number without it.
    pub weight: u64,
}

impl Stats {
    /// The share of calls that were hits, from 0 to 1; 0 where there was no call.
    pub fn hit_ratio(&self) -> f64 {
        let calls = self.hits + self.misses + self.joined;
        #[expect(clippy::cast_precision_loss, reason = "a ratio for people to read")]
        let ratio = self.hits as f64 / calls.max(1) as f64;
        ratio
    }

    /// The columns of a report: name, width and content.
    fn columns(&self) -> [(&'static str, usize, String); 13] {
        [
            ("hits", 10, self.hits.to_string()),
            ("hit %", 6, format!("{:.1}", self.hit_ratio() * 100.0)),
            ("misses", 9, self.misses.to_string()),
            ("joined", 7, self.joined.to_string()),
            ("relieved", 8, self.relieved.to_string()),
            ("ended", 8, self.ended.to_string()),
            ("expired", 8, self.expired.to_string()),
            ("evicted", 8, self.evicted.to_string()),
            ("errors", 7, self.errors.to_string()),
            ("unstored", 8, self.unstored.to_string()),
            ("groupless", 9, self.groupless.to_string()),
            ("entries", 8, self.entries.to_string()),
            ("weight", 10, self.weight.to_string()),
        ]
    }
}

impl std::ops::AddAssign<&Self> for Stats {
    fn add_assign(&mut self, other: &Self) {
        let Self {
            hits,
            misses,
            joined,
            relieved,
            ended,
            expired,
            evicted,
            errors,
            unstored,
            groupless,
            entries,
            weight,
        } = other;
        self.hits += hits;
        self.misses += misses;
        self.joined += joined;
        self.relieved += relieved;
        self.ended += ended;
        self.expired += expired;
        self.evicted += evicted;
        self.errors += errors;
        self.unstored += unstored;
        self.groupless += groupless;
        self.entries += entries;
        self.weight += weight;
    }
}

/// What happened to a group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupStats {
    /// The group's name.
    pub name: &'static str,
    /// How often it, or a member of it, was invalidated.
    pub invalidations: u64,
    /// How many of its generations ended by that.
    pub ended: u64,
    /// How many of its generations live: about as many as entries use, at most twice that and a few.
    pub living: u64,
    /// How many of the invalidations left it in doubt: a future that may have changed it was dropped unfinished.
    pub doubts: u64,
    /// How often other processes have invalidated it, or a part of it: see [`links`](crate::links). They count among the
    /// invalidations, too.
    pub by_others: u64,
}

/// What happened in every cached function and to every group. `Display` prints it as a table.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// The cached functions that were called, by name; instances of a generic one together.
    pub functions: Vec<(&'static str, Stats)>,
    /// The groups that were used or invalidated, by name.
    pub groups: Vec<GroupStats>,
    /// How many bytes the thread-local caches of all threads take: see
    /// [`set_local_cache_budget`](crate::set_local_cache_budget).
    pub local_cache_bytes: u64,
}

/// What happened so far in every cached function and to every group.
///
/// ```
/// println!("{}", gcache::stats());
/// ```
pub fn stats() -> Report {
    let mut functions: BTreeMap<&'static str, Stats> = BTreeMap::new();
    for registered in registry::memos() {
        *functions.entry(registered.name).or_default() += &registered.memo.stats();
    }
    let mut groups: Vec<GroupStats> =
        registry::models().iter().map(|model| model.stats()).collect();
    groups.sort_by_key(|group| group.name);
    let local_cache_bytes = budget::reserved() as u64;
    Report { functions: functions.into_iter().collect(), groups, local_cache_bytes }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |names: &mut dyn Iterator<Item = &str>| {
            names.map(|name| name.chars().count()).max().unwrap_or(0).max(8)
        };
        let name = width(&mut self.functions.iter().map(|(name, _)| *name));
        write!(f, "{:name$}", "function")?;
        for (column, width, _) in Stats::default().columns() {
            write!(f, " {column:>width$}")?;
        }
        writeln!(f)?;
        for (function, stats) in &self.functions {
            write!(f, "{function:name$}")?;
            for (_, width, content) in stats.columns() {
                write!(f, " {content:>width$}")?;
            }
            writeln!(f)?;
        }
        let name = width(&mut self.groups.iter().map(|group| group.name));
        write!(f, "\n{:name$}", "group")?;
        for column in ["invalidations", "ended", "living", "doubts", "by others"] {
            write!(f, " {column:>10}")?;
        }
        for group in &self.groups {
            let GroupStats { name: group, invalidations, ended, living, doubts, by_others } = group;
            write!(f, "\n{group:name$}")?;
            for count in [invalidations, ended, living, doubts, by_others] {
                write!(f, " {count:>10}")?;
            }
        }
        write!(f, "\n\nthread-local caches take {} bytes", self.local_cache_bytes)
    }
}
