//! Invalidations that a transaction defers.

use super::cells::{ErasedKeyed, GenerationCell};
use super::doubt::InvalidatedAt;
use super::generation::GroupId;
use super::keys::ErasedKey;
use crate::links::{self, NamedGroup};
use crate::sync::{Arc, AtomicBool, Mutex, Ordering, Weak};
use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The invalidation of one group, to be done later.
#[derive(Clone)]
pub(crate) enum Pending {
    /// Of the group that a cell stands for.
    Cell(&'static GenerationCell),
    /// Of the group that a key names.
    Key { keyed: &'static dyn ErasedKeyed, hash: u64, key: Arc<dyn ErasedKey> },
}

impl Pending {
    fn group(&self) -> GroupId {
        match self {
            Self::Cell(cell) => cell.id(),
            Self::Key { keyed, hash, .. } => keyed.whole().id_of_key(*hash),
        }
    }

    /// Whether `other` is of the same group. Asks the key's `Eq`.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Cell(cell), Self::Cell(other)) => std::ptr::eq(*cell, *other),
            (Self::Key { keyed, key, .. }, Self::Key { keyed: of, key: other, .. }) => {
                let other: &dyn Any = &**other;
                std::ptr::eq(keyed.whole(), of.whole()) && key.is(other)
            }
            _ => false,
        }
    }

    /// Invalidates the group, and says whether it had a live generation.
    pub(crate) fn apply(&self, at: InvalidatedAt) -> bool {
        match self {
            Self::Cell(cell) => cell.end_current(at),
            Self::Key { keyed, hash, key } => keyed.end_erased(&**key, *hash, at),
        }
    }

    /// Invalidates the group and, if others are told, adds its name to what they are. If a key panics, it adds all keys.
    pub(crate) fn apply_and_name(&self, at: InvalidatedAt, told: &mut Vec<NamedGroup>) -> bool {
        // mutant: commit-told-early
        let done = catch_unwind(AssertUnwindSafe(|| self.apply(at)));
        if links::is_any_told() {
            match (&done, self) {
                (Err(_), Self::Key { keyed, .. }) => told.extend(keyed.whole().named()),
                _ => told.extend(self.named()),
            }
        }
        done.unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// What others are told of it.
    fn named(&self) -> Option<NamedGroup> {
        match self {
            Self::Cell(cell) => cell.named(),
            Self::Key { keyed, key, .. } => keyed.named_erased(&**key),
        }
    }
}

/// The invalidations that one transaction defers.
pub(crate) struct PendingInvalidations {
    parent: Option<Arc<PendingInvalidations>>,
    /// Whether transactions that begin inside of this one hand over to its parent.
    is_scope: bool,
    /// Those that began inside of this one and may not have ended.
    inner: Mutex<Vec<Weak<PendingInvalidations>>>,
    /// Whether something inside was left in the middle, so that what it did may not be done yet.
    doubted: AtomicBool,
    /// By the id of their group, in the order of ids, so that a commit always goes the same way. Ids are hashes, so
    /// one may have several. `None`: closed. The caller applies invalidations that arrive now immediately.
    ///
    /// No user code runs under its lock.
    deferred: Mutex<Option<BTreeMap<GroupId, Vec<Pending>>>>,
}

impl PendingInvalidations {
    /// A transaction inside of the one that is entered, or inside of the one around that if it is a scope.
    pub(crate) fn new(entered: Option<Arc<Self>>) -> Arc<Self> {
        let parent = match entered {
            // mutant: scope-forgets-committed
            Some(entered) if entered.is_scope => entered.parent.clone(),
            entered => entered,
        };
        Self::inside(parent, false)
    }

    /// A scope inside of `parent`: transactions inside of it hand over to `parent`.
    pub(crate) fn scope(parent: &Arc<Self>) -> Arc<Self> {
        Self::inside(Some(Arc::clone(parent)), true)
    }

    fn inside(parent: Option<Arc<Self>>, is_scope: bool) -> Arc<Self> {
        let deferred = Mutex::new(Some(BTreeMap::new()));
        let (inner, doubted) = (Mutex::default(), AtomicBool::new(false));
        let transaction = Arc::new(Self { parent, is_scope, inner, doubted, deferred });
        if let Some(parent) = &transaction.parent {
            let mut inner = parent.inner.lock();
            inner.retain(|inner| inner.strong_count() > 0);
            inner.push(Arc::downgrade(&transaction));
        }
        transaction
    }

    /// Defers `pending`; gives it back where the transaction is closed.
    pub(crate) fn defer(&self, pending: Pending) -> Result<(), Pending> {
        let group = pending.group();
        let known = match &*self.deferred.lock() {
            Some(deferred) => deferred.get(&group).cloned().unwrap_or_default(),
            None => return Err(pending),
        };
        // Compared outside of the lock. Two threads that defer the same group at once defer it twice, which does no
        // harm.
        if known.iter().any(|known| known.is(&pending)) {
            return Ok(());
        }
        match &mut *self.deferred.lock() {
            Some(deferred) => deferred.entry(group).or_default().push(pending),
            None => return Err(pending),
        }
        Ok(())
    }

    /// Whether an invalidation of `group` is deferred here, further out, or in one that began inside: all of them
    /// change one database. By id: a group that shares its id with another counts as touched.
    pub(crate) fn touches(&self, group: GroupId) -> bool {
        match &self.parent {
            Some(parent) => parent.touches(group),
            None => self.defers(group),
        }
    }

    fn defers(&self, group: GroupId) -> bool {
        let here = self.deferred.lock().as_ref().is_some_and(|known| known.contains_key(&group));
        let inner = || self.inner.lock().iter().filter_map(Weak::upgrade).collect::<Vec<_>>();
        here || inner().iter().any(|inner| inner.defers(group))
    }

    /// Says that something inside was left in the middle: what is deferred ends in doubt.
    pub(crate) fn doubt(&self) {
        // mutant: transaction-forgets-unfinished
        self.doubted.store(true, Ordering::SeqCst);
    }

    /// The names of what is deferred, of all that others would be told.
    pub(crate) fn named(&self) -> Vec<NamedGroup> {
        let deferred = self.deferred.lock().clone().unwrap_or_default();
        // Outside of the lock: the code of a key writes its JSON.
        deferred.values().flatten().filter_map(Pending::named).collect()
    }

    /// Closes the transaction and drops what it deferred.
    pub(crate) fn roll_back(&self) {
        // mutant: inner-rollback-takes-outer
        // mutant: rollback-commits
        drop(self.close());
    }

    /// Closes the transaction, and hands what it deferred to the one around it or, at the outermost, invalidates it and
    /// tells others of all of it at once. Returns how many generations ended, and the ticket.
    pub(crate) fn commit(&self) -> (usize, u64) {
        let deferred = self.close();
        // Asked after it is closed: an invalidation that comes later brings a doubt of its own.
        let doubted = self.doubted.load(Ordering::SeqCst);
        if doubted && let Some(parent) = &self.parent {
            // mutant: inner-doubt-kept
            parent.doubt();
        }
        // Before anything ends: see `shared`.
        let _telling = links::Telling::begin();
        let at = InvalidatedAt::now(doubted);
        let mut ended = 0;
        let mut panicked = None;
        let mut told = Vec::new();
        for pending in deferred.into_values().flatten() {
            // A key of the user's that panics does not keep another group from being invalidated.
            let done = catch_unwind(AssertUnwindSafe(|| {
                let pending = match &self.parent {
                    Some(parent) => match parent.defer(pending) {
                        Ok(()) => return false,
                        // mutant: late-inner-forgets
                        Err(late) => late,
                    },
                    None => pending,
                };
                pending.apply_and_name(at, &mut told)
            }));
            match done {
                Ok(now) => ended += usize::from(now),
                Err(panic) => panicked = Some(panic),
            }
        }
        // Once all has ended here.
        let ticket = links::publish(told);
        if let Some(panic) = panicked {
            resume_unwind(panic);
        }
        (ended, ticket)
    }

    fn close(&self) -> BTreeMap<GroupId, Vec<Pending>> {
        self.deferred.lock().take().unwrap_or_default()
    }
}

impl std::fmt::Debug for PendingInvalidations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let deferred = self.deferred.lock().as_ref().map(BTreeMap::len);
        f.debug_struct("PendingInvalidations").field("deferred", &deferred).finish_non_exhaustive()
    }
}
