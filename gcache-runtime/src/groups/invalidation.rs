//! One invalidation: generations end now, or when a transaction commits.

use crate::context;
use crate::generations::{
    ErasedKeyed, GenerationCell, GroupId, InvalidatedAt, Key, KeyedGenerations, Pending,
    PendingInvalidations,
};
use crate::links::{self, NamedGroup};
use crate::sync::Arc;
use smallvec::SmallVec;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// What an invalidation did.
///
/// ```
/// let invalidated = gcache::invalidate_tag("nobody depends on this");
/// assert_eq!(invalidated.count(), 0);
/// assert!(!invalidated.is_deferred());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Invalidated {
    count: usize,
    deferred: bool,
    ticket: u64,
}

impl Invalidated {
    pub(crate) fn now(count: usize, ticket: u64) -> Self {
        Self { count, deferred: false, ticket }
    }

    /// How many live generations the invalidation ended: 0 if a transaction defers it. A group that nothing has
    /// used since its last invalidation has none. Groups that end together, such as all members of a model,
    /// count as one, and each of them once more when it is invalidated by itself.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether a transaction defers the invalidation until it commits.
    pub fn is_deferred(&self) -> bool {
        self.deferred
    }

    /// What the transports of links call it: the later, the greater. 0 if no other process is told: what a transaction
    /// defers, local groups, and all of it where there is no [link](crate::links).
    pub fn ticket(&self) -> u64 {
        self.ticket
    }
}

/// One invalidation under way: its groups share a timestamp, and a doubt if the change was left in the middle.
#[derive(Debug)]
pub struct Invalidation {
    at: InvalidatedAt,
    count: usize,
    transaction: Option<Arc<PendingInvalidations>>,
    /// The cells that were invalidated: many rows end their model once.
    cells: SmallVec<[GroupId; 4]>,
    /// What others are to be told of.
    told: Vec<NamedGroup>,
}

impl Invalidation {
    /// Runs `groups`, which names the groups to invalidate.
    pub fn run(groups: impl FnOnce(&mut Self)) -> Invalidated {
        Self::run_after(false, groups)
    }

    /// [`run`](Self::run), for a change that was left `unfinished`, if so: its groups are in doubt.
    pub(crate) fn run_after(unfinished: bool, groups: impl FnOnce(&mut Self)) -> Invalidated {
        // mutant: not-deferred
        // mutant: off-invalidates-nothing-2
        let transaction = context::transaction();
        if unfinished && let Some(transaction) = &transaction {
            transaction.doubt();
        }
        // Before anything ends: see `shared`.
        let _telling = links::Telling::begin();
        let (at, cells) = (InvalidatedAt::now(unfinished), SmallVec::new());
        let mut invalidation = Self { at, count: 0, transaction, cells, told: Vec::new() };
        let done = catch_unwind(AssertUnwindSafe(|| groups(&mut invalidation)));
        let Self { count, transaction, told, .. } = invalidation;
        // Once all has ended here: who hears of it may ask this process at once.
        // Also if a key has panicked, since other groups have ended.
        let ticket = links::publish(told);
        done.unwrap_or_else(|panic| resume_unwind(panic));
        Invalidated { count, deferred: transaction.is_some(), ticket }
    }

    /// Invalidates the group of `cell`, once.
    pub(crate) fn apply_to_cell(&mut self, cell: &'static GenerationCell) {
        let id = cell.id();
        if !self.cells.contains(&id) {
            self.cells.push(id);
            self.do_or_defer(|at| cell.end_current(at), || Pending::Cell(cell), || cell.named());
        }
    }

    /// Invalidates the group of `key`.
    pub(crate) fn apply_to_key<K: Key>(&mut self, keyed: &'static KeyedGenerations<K>, key: &K) {
        let hash = keyed.hash(key);
        self.do_or_defer(
            |at| keyed.end_key(key, hash, at),
            || Pending::Key { keyed, hash, key: Arc::new(key.clone()) },
            || keyed.named(key),
        );
    }

    /// Invalidates the groups of all keys.
    pub(crate) fn apply_to_keys(&mut self, keyed: &'static dyn ErasedKeyed) {
        self.apply_to_cell(keyed.whole());
    }

    fn do_or_defer(
        &mut self,
        now: impl FnOnce(InvalidatedAt) -> bool,
        later: impl FnOnce() -> Pending,
        named: impl FnOnce() -> Option<NamedGroup>,
    ) {
        let ended = match &self.transaction {
            None => {
                // mutant: told-before-end
                let ended = now(self.at);
                if links::is_any_told() {
                    self.told.extend(named());
                }
                ended
            }
            Some(transaction) => match transaction.defer(later()) {
                Ok(()) => false,
                // The transaction has ended meanwhile, in another task.
                Err(late) => late.apply_and_name(self.at, &mut self.told),
            },
        };
        self.count += usize::from(ended);
    }
}
