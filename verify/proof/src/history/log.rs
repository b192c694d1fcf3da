//! What the load writes down: who saw what when, and what was invalidated when.

use super::check::Violation;
use super::group::{Function, Group, Scope};
use std::sync::atomic::{AtomicU64, Ordering};

/// A place in the order of all events.
pub(crate) type Ticket = u64;

/// The number of a change of a group.
pub(crate) type Version = u64;

static TICKETS: AtomicU64 = AtomicU64::new(1);

/// The next ticket. One that is drawn after something has returned is greater than all that were drawn
/// before it.
pub(crate) fn ticket() -> Ticket {
    TICKETS.fetch_add(1, Ordering::SeqCst)
}

/// A part of an answer: what one body read of one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) group: Group,
    pub(crate) function: Function,
    pub(crate) version: Version,
    /// When the body began.
    pub(crate) since: Ticket,
}

/// A part of an answer, and the call that brought it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) begun: Ticket,
    pub(crate) ended: Ticket,
    pub(crate) part: Part,
}

/// A change of a group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written {
    pub(crate) group: Group,
    pub(crate) version: Version,
    /// Before it was written.
    pub(crate) begun: Ticket,
    /// After its invalidation had returned.
    pub(crate) done: Ticket,
}

/// An invalidation, or a clearing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Invalidated {
    pub(crate) scope: Scope,
    pub(crate) begun: Ticket,
    pub(crate) done: Ticket,
}

/// What one worker has written down.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) seen: Vec<Seen>,
    pub(crate) written: Vec<Written>,
    pub(crate) invalidated: Vec<Invalidated>,
    /// What was found wrong at once.
    pub(crate) wrong: Vec<Violation>,
    pub(crate) counts: Counts,
}

/// What one worker, or all of them, have done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Calls of cached functions that returned a value, each checked.
    pub reads: u64,
    /// Those of them made inside of a transaction.
    pub reads_in_transactions: u64,
    /// Calls that returned an error.
    pub errors: u64,
    /// Calls that panicked.
    pub panics: u64,
    /// Calls that were dropped in the middle.
    pub cancelled: u64,
    /// Mutations, and those of them that panicked or were dropped in the middle.
    pub writes: u64,
    /// See [`writes`](Self::writes).
    pub writes_given_up: u64,
    /// Invalidations by hand, of rows that nobody changed.
    pub invalidations: u64,
    /// Transactions that committed, rolled back, or were dropped.
    pub committed: u64,
    /// See [`committed`](Self::committed).
    pub rolled_back: u64,
    /// See [`committed`](Self::committed).
    pub dropped: u64,
    /// Clearings of one function or of all.
    pub clears: u64,
    /// How often caching was turned off, and on again.
    pub toggles: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.reads += other.reads;
        self.reads_in_transactions += other.reads_in_transactions;
        self.errors += other.errors;
        self.panics += other.panics;
        self.cancelled += other.cancelled;
        self.writes += other.writes;
        self.writes_given_up += other.writes_given_up;
        self.invalidations += other.invalidations;
        self.committed += other.committed;
        self.rolled_back += other.rolled_back;
        self.dropped += other.dropped;
        self.clears += other.clears;
        self.toggles += other.toggles;
    }
}
