//! Which hooks a save has run: code of ours runs around the save, and the hooks leave a trace for it.

use crate::entity::{CachedEntity, PrimaryKeyOf};
use std::any::TypeId;
use std::cell::Cell;
use std::future::poll_fn;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::pin::pin;
use std::sync::LazyLock;

thread_local! {
    /// The save that is traced here.
    static TRACED: Cell<Option<TracedSave>> = const { Cell::new(None) };
}

#[derive(Clone, Copy)]
struct TracedSave {
    entity: TypeId,
    /// The hash of the key of its row, if that was known when it began.
    key: Option<u64>,
    trace: HookTrace,
}

/// Which hooks of ours a save has run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct HookTrace {
    before: bool,
    after: bool,
    /// Whether the row leaves groups that are not known.
    pub(crate) leaves: bool,
}

impl HookTrace {
    /// Whether the hooks have invalidated all that the save may have touched. A hook of the program's own that does
    /// not call ours leaves no trace.
    pub(crate) fn is_complete(self) -> bool {
        self.before && self.after
    }

    /// Whether an error is of the statement, or of what came before it: the hook before the statement has run, and
    /// the one after it has not.
    pub(crate) fn ends_before_statement(self) -> bool {
        self.before && !self.after
    }
}

/// Whether a save of `E` is traced here.
pub(crate) fn is_traced<E: CachedEntity>() -> bool {
    TRACED.get().is_some_and(|save| save.entity == TypeId::of::<E>())
}

/// Records that the hook before the statement has run.
pub(crate) fn record_before<E: CachedEntity>() {
    record::<E>(|save| save.trace.before = true);
}

/// Records that the row `key` leaves groups that are not known, which the code around the save invalidates when the
/// save is done. Says whether it does so: if the save is traced, and is of this row; a hook of the program's may have
/// changed the key.
pub(crate) fn record_leaving<E: CachedEntity>(key: &PrimaryKeyOf<E>) -> bool {
    let mut is_recorded = false;
    record::<E>(|save| {
        is_recorded = save.key == Some(hash(key));
        save.trace.leaves |= is_recorded;
    });
    is_recorded
}

/// Records that the hook after the statement has run.
pub(crate) fn record_after<E: CachedEntity>() {
    record::<E>(|save| save.trace.after = true);
}

fn record<E: CachedEntity>(note: impl FnOnce(&mut TracedSave)) {
    if let Some(mut save) = TRACED.get().filter(|save| save.entity == TypeId::of::<E>()) {
        note(&mut save);
        TRACED.set(Some(save));
    }
}

fn hash(key: &impl Hash) -> u64 {
    static STATE: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    STATE.hash_one(key)
}

/// Runs `save` of the row `key`, if that is known, and returns the trace that the hooks of `E` have left.
pub(crate) async fn traced<E: CachedEntity, R>(
    key: Option<&PrimaryKeyOf<E>>,
    save: impl Future<Output = R>,
) -> (R, HookTrace) {
    let mut future = pin!(save);
    let key = key.map(hash);
    let mut save = TracedSave { entity: TypeId::of::<E>(), key, trace: HookTrace::default() };
    let polled = poll_fn(|task| {
        let _scope = Scope(TRACED.replace(Some(save)));
        let polled = future.as_mut().poll(task);
        save = TRACED.get().unwrap_or(save);
        polled.map(|result| (result, save.trace))
    });
    polled.await
}

/// Puts back the save that was traced before, when dropped.
struct Scope(Option<TracedSave>);

impl Drop for Scope {
    fn drop(&mut self) {
        TRACED.set(self.0);
    }
}
