//! What is counted during a run.

use std::ops::{AddAssign, Sub};
use std::time::Duration;

/// What came of a run.
pub(crate) struct Outcome {
    pub(crate) elapsed: Duration,
    pub(crate) tally: Tally,
    pub(crate) cache: CacheCounts,
}

impl Outcome {
    /// Whether every answer was right.
    pub(crate) fn is_right(&self) -> bool {
        self.tally.stale == 0 && self.tally.from_the_future == 0
    }
}

/// What a thread has done.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    pub(crate) statements: u64,
    pub(crate) bytes: u64,
    pub(crate) stale: u64,
    pub(crate) from_the_future: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        let Self { reads, writes, statements, bytes, stale, from_the_future } = other;
        self.reads += reads;
        self.writes += writes;
        self.statements += statements;
        self.bytes += bytes;
        self.stale += stale;
        self.from_the_future += from_the_future;
    }
}

/// What the library has counted since the program began.
pub(crate) struct CacheCounts {
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    pub(crate) joined: u64,
    pub(crate) ended: u64,
}

impl CacheCounts {
    /// The counts as they are now.
    pub(crate) fn now() -> Self {
        let report = gcache::stats();
        let functions = || report.functions.iter().map(|(_, stats)| stats);
        Self {
            hits: functions().map(|stats| stats.hits).sum(),
            misses: functions().map(|stats| stats.misses).sum(),
            joined: functions().map(|stats| stats.joined).sum(),
            ended: report.groups.iter().map(|group| group.ended).sum(),
        }
    }
}

impl Sub for CacheCounts {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            hits: self.hits - earlier.hits,
            misses: self.misses - earlier.misses,
            joined: self.joined - earlier.joined,
            ended: self.ended - earlier.ended,
        }
    }
}
