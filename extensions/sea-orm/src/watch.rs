//! Saves that are watched: code of ours runs around them, so that their end is seen, whatever it is.

use crate::entity::{CachedEntity, PrimaryKeyOf};
use std::any::TypeId;
use std::cell::Cell;
use std::future::poll_fn;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::pin::pin;
use std::sync::LazyLock;

thread_local! {
    /// The save that is watched here.
    static WATCHED: Cell<Option<Watched>> = const { Cell::new(None) };
}

#[derive(Clone, Copy)]
struct Watched {
    entity: TypeId,
    /// The hash of the key of its row, if that was known when it began.
    key: Option<u64>,
    heard: Heard,
}

/// Which hooks of ours a save has run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    before: bool,
    after: bool,
    leaves: bool,
}

impl Heard {
    /// Whether all that the save may have touched has been ended. If a hook of the program's own does not
    /// call ours, it has not.
    pub(crate) fn all(self) -> bool {
        self.before && self.after
    }

    /// Whether the row leaves groups that nobody knows.
    pub(crate) fn leaves(self) -> bool {
        self.leaves
    }

    /// Whether the hook before the statement was heard and the one after it was not: an error is of the
    /// statement, or of what came before it.
    pub(crate) fn only_before(self) -> bool {
        self.before && !self.after
    }
}

/// Whether a save of `E` is watched here.
pub(crate) fn is_watched<E: CachedEntity>() -> bool {
    WATCHED.get().is_some_and(|watched| watched.entity == TypeId::of::<E>())
}

/// Notes that the hook before the statement has run.
pub(crate) fn hear_before<E: CachedEntity>() {
    hear::<E>(|watched| watched.heard.before = true);
}

/// Notes that the row `key` leaves groups that nobody knows, which the code around the save ends when it is
/// done. Says whether it does: if it is watched, and is of this row; a hook of the program's may have changed
/// the key.
pub(crate) fn hear_leaving<E: CachedEntity>(key: &PrimaryKeyOf<E>) -> bool {
    let mut heard = false;
    hear::<E>(|watched| {
        heard = watched.key == Some(hash(key));
        watched.heard.leaves |= heard;
    });
    heard
}

/// Notes that the hook after the statement has run.
pub(crate) fn hear_after<E: CachedEntity>() {
    hear::<E>(|watched| watched.heard.after = true);
}

fn hear<E: CachedEntity>(note: impl FnOnce(&mut Watched)) {
    if let Some(mut watched) = WATCHED.get().filter(|watched| watched.entity == TypeId::of::<E>()) {
        note(&mut watched);
        WATCHED.set(Some(watched));
    }
}

fn hash(key: &impl Hash) -> u64 {
    static STATE: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    STATE.hash_one(key)
}

/// Runs `save` of the row `key`, if that is known, lets the hooks of `E` know that it is watched, and says what
/// was heard of them.
pub(crate) async fn watched<E: CachedEntity, R>(
    key: Option<&PrimaryKeyOf<E>>,
    save: impl Future<Output = R>,
) -> (R, Heard) {
    let mut save = pin!(save);
    let key = key.map(hash);
    let mut watched = Watched { entity: TypeId::of::<E>(), key, heard: Heard::default() };
    let polled = poll_fn(|task| {
        let _scope = Scope(WATCHED.replace(Some(watched)));
        let polled = save.as_mut().poll(task);
        watched = WATCHED.get().unwrap_or(watched);
        polled.map(|result| (result, watched.heard))
    });
    polled.await
}

/// Puts back what was watched before, when dropped.
struct Scope(Option<Watched>);

impl Drop for Scope {
    fn drop(&mut self) {
        WATCHED.set(self.0);
    }
}
