//! All memos and models of the process, for statistics and for clearing.

use crate::clock::Timestamp;
use crate::generations::{AnyGeneration, DependencySet};
use crate::links::{GroupReport, NamedGroup};
use crate::stats::{GroupStats, Stats};
use crate::sync::{AtomicFlag, Mutex, Ordering};

/// What came of a look for ended entries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Swept {
    /// What is left of the effort.
    pub(crate) left: usize,
    /// Whether there was one.
    pub(crate) found: bool,
}

/// A memo, whatever its keys and values are.
pub(crate) trait AnyMemo: Send + Sync {
    fn stats(&self) -> Stats;
    fn len(&self) -> usize;
    fn clear(&self);
    /// Whether no entry is left of those that had ended when there were `ended` of them.
    fn is_swept(&self, ended: u64) -> bool;
    /// Looks for ended entries, as far as `effort` goes, and says what is left of it.
    fn sweep(&self, effort: usize) -> Swept;
    /// Whether entries may run out of time.
    fn is_timed(&self) -> bool;
    /// Lets go of entries whose time is over.
    fn expire(&self);
    /// Checks that the map, the slot list and the policy agree, while no thread is inside.
    #[cfg(all(gcache_model, test))]
    fn check(&self);
    /// Has nothing to sweep.
    #[cfg(all(gcache_model, test))]
    fn begin_execution(&self);
}

/// A model, whatever its keys are.
pub(crate) trait AnyModel: Send + Sync {
    fn stats(&self) -> GroupStats;
    /// The name by which others know it.
    fn name(&self) -> &'static str;
    /// Which links cover it, as a mask.
    fn links(&self) -> u8;
    /// Ends what others have invalidated of it.
    fn invalidate_named(&self, group: &NamedGroup, timestamp: Timestamp);
    /// The name of the group of `generation`, if it is one of the model's and others know it.
    fn name_of(&self, generation: &AnyGeneration) -> Option<NamedGroup>;
    /// Adds the live generation of `group`, and says whether it is known.
    fn collect_named(&'static self, group: &NamedGroup, dependencies: &mut DependencySet) -> bool;
    /// Adds how others are told of each part of it.
    fn report(&self, groups: &mut Vec<GroupReport>);
    /// Ends all of it, since others may have invalidated it.
    fn invalidate_everything(&self, timestamp: Timestamp);
}

/// A memo and what it goes by.
#[derive(Clone, Copy)]
pub(crate) struct Registered {
    /// The name in statistics.
    pub(crate) name: &'static str,
    /// The path of the function, with the type arguments of the instance.
    pub(crate) path: &'static str,
    pub(crate) memo: &'static dyn AnyMemo,
}

static MEMOS: Mutex<Vec<Registered>> = Mutex::new(Vec::new());

/// Whether there is a memo whose entries may run out of time.
static HAS_TIMED: AtomicFlag = AtomicFlag::new(false);

/// Whether there is a memo whose entries may run out of time.
pub(crate) fn has_timed() -> bool {
    HAS_TIMED.load(Ordering::Relaxed)
}

/// Adds a memo; `closure` is the name of a closure's type in the function's body.
pub(crate) fn add_memo(name: &'static str, closure: &'static str, memo: &'static dyn AnyMemo) {
    let path = closure.trim_end_matches("::{{closure}}");
    if memo.is_timed() {
        HAS_TIMED.store(true, Ordering::Relaxed);
    }
    MEMOS.lock().push(Registered { name, path, memo });
}

/// All memos, in the order of their first call.
pub(crate) fn memos() -> Vec<Registered> {
    MEMOS.lock().clone()
}

/// The first memo, from number `first` on and around, that `is_it` picks, with its number.
pub(crate) fn find_memo(
    first: usize,
    is_it: impl Fn(&dyn AnyMemo) -> bool,
) -> Option<(usize, &'static dyn AnyMemo)> {
    let memos = MEMOS.lock();
    let (before, from) = memos.split_at(first.min(memos.len()));
    let numbered = (first..).zip(from).chain((0..).zip(before));
    let mut memos = numbered.map(|(number, registered)| (number, registered.memo));
    memos.find(|(_, memo)| is_it(*memo))
}

static MODELS: Mutex<Vec<&'static dyn AnyModel>> = Mutex::new(Vec::new());

/// Adds a model, once.
pub(crate) fn add_model(model: &'static dyn AnyModel) {
    let mut models = MODELS.lock();
    if !models.iter().any(|known| std::ptr::addr_eq(*known, model)) {
        models.push(model);
    }
}

/// Takes a model out.
#[cfg(all(gcache_model, test))]
pub(crate) fn remove_model(model: &'static dyn AnyModel) {
    MODELS.lock().retain(|known| !std::ptr::addr_eq(*known, model));
}

/// All models, in the order of their first use.
pub(crate) fn models() -> Vec<&'static dyn AnyModel> {
    MODELS.lock().clone()
}
