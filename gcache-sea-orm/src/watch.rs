//! Saves that are watched: code of ours runs around them, so that their end is seen, whatever it is.

use crate::entity::CachedEntity;
use std::any::TypeId;
use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;

thread_local! {
    /// The entity of which a save is watched here.
    static WATCHED: Cell<Option<TypeId>> = const { Cell::new(None) };
}

/// Whether a save of `E` is watched here.
pub(crate) fn is_watched<E: CachedEntity>() -> bool {
    WATCHED.get() == Some(TypeId::of::<E>())
}

/// Runs `save`, and lets the hooks of `E` know that it is watched.
pub(crate) async fn watched<E: CachedEntity, R>(save: impl Future<Output = R>) -> R {
    let mut save = pin!(save);
    let watched = poll_fn(|task| {
        let _scope = Scope(WATCHED.replace(Some(TypeId::of::<E>())));
        save.as_mut().poll(task)
    });
    watched.await
}

/// Puts back what was watched before, when dropped.
struct Scope(Option<TypeId>);

impl Drop for Scope {
    fn drop(&mut self) {
        WATCHED.set(self.0);
    }
}
