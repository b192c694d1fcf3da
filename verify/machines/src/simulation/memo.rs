//! What one process has cached, in the form that matters here: which version, from when, and what ends it.

use super::Time;

/// The entry of a key.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    /// How often the key's group was invalidated here.
    generation: u32,
    /// The generation and the whole's at which the entry, and the computation on its way, began.
    stored: Option<Stored>,
    computing: Option<Stamp>,
}

#[derive(Clone, Copy, Debug)]
struct Stored {
    version: u32,
    stamp: Stamp,
}

/// What a computation took when it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// When it began.
    pub(super) began: Time,
    generation: u32,
    all: u32,
    /// Until when its result may be used.
    deadline: Time,
}

/// The cache of a process.
#[derive(Debug)]
pub(super) struct Memo {
    entries: Vec<Entry>,
    /// How often all groups were invalidated.
    all: u32,
    pub(super) is_trusted: bool,
    bound: Time,
}

/// What a call finds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found {
    /// An entry of this version.
    Hit(u32),
    /// A computation that it may join, which began then.
    Joined(Time),
    /// Nothing: it computes.
    Missed(Stamp),
}

impl Memo {
    pub(super) fn new(keys: usize, bound: Time) -> Self {
        Self { entries: vec![Entry::default(); keys], all: 0, is_trusted: false, bound }
    }

    pub(super) fn invalidate(&mut self, key: usize) {
        self.entries[key].generation += 1;
    }

    pub(super) fn invalidate_all(&mut self) {
        self.all += 1;
    }

    /// The version of an entry that may be used.
    pub(super) fn look(&self, key: usize, now: Time) -> Option<u32> {
        let entry = &self.entries[key];
        let stored = entry.stored.filter(|stored| self.is_current(entry, &stored.stamp, now));
        stored.map(|stored| stored.version)
    }

    fn is_current(&self, entry: &Entry, stamp: &Stamp, now: Time) -> bool {
        stamp.generation == entry.generation && stamp.all == self.all && now < stamp.deadline
    }

    pub(super) fn call(&mut self, key: usize, now: Time) -> Found {
        if let Some(version) = self.look(key, now) {
            return Found::Hit(version);
        }
        let entry = &self.entries[key];
        if let Some(stamp) = entry.computing.filter(|stamp| self.is_current(entry, stamp, now)) {
            return Found::Joined(stamp.began);
        }
        let deadline = if self.is_trusted { Time::MAX } else { now + self.bound };
        let stamp = Stamp { began: now, generation: entry.generation, all: self.all, deadline };
        self.entries[key].computing = Some(stamp);
        Found::Missed(stamp)
    }

    /// A computation has come to its end.
    pub(super) fn store(&mut self, key: usize, stamp: Stamp, version: u32) {
        let entry = &mut self.entries[key];
        if entry.computing == Some(stamp) {
            entry.computing = None;
        }
        if stamp.generation == entry.generation && stamp.all == self.all {
            entry.stored = Some(Stored { version, stamp });
        }
    }
}
