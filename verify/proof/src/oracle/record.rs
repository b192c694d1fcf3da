//! What is known of runs, of calls and of what has happened, at some moment.

use super::group::{GROUPS, Group, Groups};
use super::query::{End, FUNCTIONS, Key};
use super::world::{Connection, Stamp};
use std::time::Instant;

/// A moment in the order of all events.
pub(crate) type Moment = u64;

/// One run of a cached body.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) id: u64,
    pub(crate) key: Key,
    pub(crate) actor: usize,
    /// When the body began, which is after its generations were taken.
    pub(crate) start: Moment,
    /// What it named itself, and what it found on the way.
    pub(crate) groups: Groups,
    /// The runs whose values it used.
    pub(crate) uses: Vec<u64>,
    /// What it read.
    pub(crate) read: Vec<(Group, Stamp)>,
    /// Whether its value may go to anybody but its own caller.
    pub(crate) shared: bool,
    /// Whether it came to run inside of a transaction.
    pub(crate) in_transaction: bool,
    /// Whether others can join it; `None` where that depends on what the trace does not show.
    pub(crate) joinable: Option<bool>,
    /// Whether it may or may not have been stored: see [`Trace::find`].
    pub(crate) unsure: bool,
    pub(crate) trust: Trust,
    pub(crate) role: Role,
    pub(crate) began: Instant,
    /// How the body ended.
    pub(crate) ended: Option<End>,
    /// When the call that ran it had returned, so that its deadline had been set.
    pub(crate) returned: Option<Instant>,
}

/// What the trust in the link was when a run began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    Given,
    /// Withheld, and the run is not known to depend on anything that the link covers.
    Withheld,
    /// Withheld: the value may be used for the bound of the link.
    Limits,
}

/// Who runs a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A cached function.
    Cached,
    /// The oracle, to know what the uncached function gives.
    Reference,
}

/// One call of a cached function, under way.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) key: Key,
    pub(crate) start: Moment,
    pub(crate) step: u64,
    /// What had returned before it.
    pub(crate) before: Past,
    /// What the transaction that it is made in had touched.
    pub(crate) touched: Groups,
    pub(crate) in_transaction: bool,
    /// Caching is off, or bypassed.
    pub(crate) off: bool,
    pub(crate) expected: Expected,
    /// The body that it has run itself.
    pub(crate) led: Option<u64>,
    /// The body that it is made from.
    pub(crate) parent: Option<u64>,
}

/// What a call has to come to, as far as it is known when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// The entry that this run left must live: no body runs.
    Hit(u64),
    /// Nothing must be left that could answer: the body runs at once.
    Miss,
    /// Another's computation is under way and must be waited for: no body runs at once.
    Join(u64),
    /// Not known.
    Either,
}

/// What had happened, and had returned, at some moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Past {
    /// The stamps that everybody must see, since their invalidations have returned.
    pub(crate) stamps: [Stamp; GROUPS],
    /// For each group, when the last invalidation that ends it began.
    pub(crate) invalidations: [Moment; GROUPS],
    /// For each function, when it was last cleared.
    pub(crate) clears: [Moment; FUNCTIONS],
}

/// What is true of one actor now.
#[derive(Debug, Default)]
pub(crate) struct Actor {
    pub(crate) calls: Vec<Call>,
    pub(crate) runs: Vec<u64>,
    pub(crate) connection: Connection,
    /// Inside of `gcache::bypass`.
    pub(crate) bypass: bool,
    /// The next call asks to be bypassed by its option.
    pub(crate) bypass_next: bool,
}

impl Past {
    pub(crate) const NOTHING: Self =
        Self { stamps: [0; GROUPS], invalidations: [0; GROUPS], clears: [0; FUNCTIONS] };
}
