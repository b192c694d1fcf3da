//! Saves that are watched: code of ours runs around them, so that their end is seen, whatever it is.

use crate::entity::CachedEntity;
use std::any::TypeId;
use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;

thread_local! {
    /// The save that is watched here.
    static WATCHED: Cell<Option<Watched>> = const { Cell::new(None) };
}

#[derive(Clone, Copy)]
struct Watched {
    entity: TypeId,
    heard: Heard,
}

/// Which hooks of ours a save has run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    before: bool,
    after: bool,
}

impl Heard {
    /// Whether all that the save may have touched has been ended. If a hook of the program's own does not
    /// call ours, it has not.
    pub(crate) fn all(self) -> bool {
        self.before && self.after
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
    hear::<E>(|heard| heard.before = true);
}

/// Notes that the hook after the statement has run.
pub(crate) fn hear_after<E: CachedEntity>() {
    hear::<E>(|heard| heard.after = true);
}

fn hear<E: CachedEntity>(note: impl FnOnce(&mut Heard)) {
    if let Some(mut watched) = WATCHED.get().filter(|watched| watched.entity == TypeId::of::<E>()) {
        note(&mut watched.heard);
        WATCHED.set(Some(watched));
    }
}

/// Runs `save`, lets the hooks of `E` know that it is watched, and says which of them have run.
pub(crate) async fn watched<E: CachedEntity, R>(save: impl Future<Output = R>) -> (R, Heard) {
    let mut save = pin!(save);
    let mut watched = Watched { entity: TypeId::of::<E>(), heard: Heard::default() };
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
