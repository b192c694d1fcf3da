//! Invalidations that a transaction holds back.

use crate::generations::doubt::End;
use crate::generations::generation::GroupId;
use crate::sync::{Arc, AtomicBool, Mutex, Ordering, Weak};
use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The ending of one group, to be done later.
pub(crate) trait Pending: Any + Send + Sync {
    /// Ends the group, and says whether it had a living generation.
    fn end(&self, end: End) -> bool;

    /// Whether `other` ends the same group.
    fn is(&self, other: &dyn Any) -> bool;

    /// For comparison with [`Pending::is`].
    fn as_any(&self) -> &dyn Any;
}

/// The invalidations that one transaction holds back.
#[derive(Debug)]
pub(crate) struct PendingInvalidations {
    parent: Option<Arc<PendingInvalidations>>,
    /// Whether transactions that begin inside of this one hand over to its parent.
    is_passed_by: bool,
    /// Those that began inside of this one and may not have ended.
    inner: Mutex<Vec<Weak<PendingInvalidations>>>,
    /// Whether something inside was left in the middle, so that what it did may not be done yet.
    doubted: AtomicBool,
    /// Under its lock nothing of the user's runs.
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    /// Invalidations are held back.
    Open(PendingList),
    /// The transaction is over; what comes late is for whoever brings it to do.
    Over,
}

/// PendingList by the name of their group, in the order of names, so that a commit always goes the same way.
/// Names are hashes, so one may have several.
type PendingList = BTreeMap<GroupId, Vec<Arc<dyn Pending>>>;

impl std::fmt::Debug for dyn Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}

impl PendingInvalidations {
    /// A transaction inside of the one that is entered, or of the one around that if it is passed by.
    pub(crate) fn new(entered: Option<Arc<Self>>) -> Arc<Self> {
        let parent = match entered {
            // mutant: scope-forgets-committed
            Some(entered) if entered.is_passed_by => entered.parent.clone(),
            entered => entered,
        };
        Self::inside(parent, false)
    }

    /// One inside of `parent` that other transactions pass by.
    pub(crate) fn passed_by(parent: &Arc<Self>) -> Arc<Self> {
        Self::inside(Some(Arc::clone(parent)), true)
    }

    fn inside(parent: Option<Arc<Self>>, is_passed_by: bool) -> Arc<Self> {
        let state = Mutex::new(State::Open(BTreeMap::new()));
        let (inner, doubted) = (Mutex::default(), AtomicBool::new(false));
        let held = Arc::new(Self { parent, is_passed_by, inner, doubted, state });
        if let Some(parent) = &held.parent {
            let mut inner = parent.inner.lock();
            inner.retain(|inner| inner.strong_count() > 0);
            inner.push(Arc::downgrade(&held));
        }
        held
    }

    /// Holds `ending` back; gives it back where there is nothing to wait for any more.
    pub(crate) fn hold(
        &self,
        group: GroupId,
        ending: Arc<dyn Pending>,
    ) -> Result<(), Arc<dyn Pending>> {
        let known = match &*self.state.lock() {
            State::Open(endings) => endings.get(&group).cloned().unwrap_or_default(),
            State::Over => return Err(ending),
        };
        // Compared outside of the lock. Two threads that hold the same group at once make it held
        // twice, which does no harm.
        if known.iter().any(|known| known.is(ending.as_any())) {
            return Ok(());
        }
        match &mut *self.state.lock() {
            State::Open(endings) => endings.entry(group).or_default().push(ending),
            State::Over => return Err(ending),
        }
        Ok(())
    }

    /// Whether an invalidation of `group` is held back here, further out, or in one that began inside: all of
    /// them change one database. By name: a group that shares one with another is taken for touched.
    pub(crate) fn touches(&self, group: GroupId) -> bool {
        match &self.parent {
            Some(parent) => parent.touches(group),
            None => self.holds(group),
        }
    }

    fn holds(&self, group: GroupId) -> bool {
        let here = match &*self.state.lock() {
            State::Open(endings) => endings.contains_key(&group),
            State::Over => false,
        };
        let inner = || self.inner.lock().iter().filter_map(Weak::upgrade).collect::<Vec<_>>();
        here || inner().iter().any(|inner| inner.holds(group))
    }

    /// Says that something inside was left in the middle: what is held back ends in doubt.
    pub(crate) fn doubt(&self) {
        // mutant: transaction-forgets-unfinished
        self.doubted.store(true, Ordering::SeqCst);
    }

    /// Ends the transaction and forgets what it held back.
    pub(crate) fn forget(&self) {
        // mutant: inner-rollback-takes-outer
        // mutant: rollback-commits
        drop(self.close());
    }

    /// Ends the transaction: hands what it held back to the one around it or, at the outermost,
    /// does it. Returns how many generations ended.
    pub(crate) fn finish(&self) -> usize {
        let endings = self.close();
        // Asked after it is closed: who comes later brings a doubt of its own.
        let doubted = self.doubted.load(Ordering::SeqCst);
        if doubted && let Some(parent) = &self.parent {
            // mutant: inner-doubt-kept
            parent.doubt();
        }
        let end = End::of(doubted);
        let mut ended = 0;
        let mut panicked = None;
        for (group, endings) in endings {
            for ending in endings {
                // A key of the user's that panics takes no other group's end with it.
                let done = catch_unwind(AssertUnwindSafe(|| match &self.parent {
                    Some(parent) => match parent.hold(group, ending) {
                        Ok(()) => false,
                        // mutant: late-inner-forgets
                        Err(late) => late.end(end),
                    },
                    None => ending.end(end),
                }));
                match done {
                    Ok(now) => ended += usize::from(now),
                    Err(panic) => panicked = Some(panic),
                }
            }
        }
        if let Some(panic) = panicked {
            resume_unwind(panic);
        }
        ended
    }

    fn close(&self) -> PendingList {
        match std::mem::replace(&mut *self.state.lock(), State::Over) {
            State::Open(endings) => endings,
            State::Over => BTreeMap::new(),
        }
    }
}
