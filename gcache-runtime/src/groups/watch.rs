//! Bodies that are futures, watched by a guard that has to know whether they returned.

use std::pin::Pin;
use std::task::{Context, Poll};

/// How far a body has come.
#[derive(Debug, Default)]
pub struct Body {
    /// It waits for something. Dropped now, it is left in the middle, and what it waits for goes on.
    waits: bool,
}

impl Body {
    /// Whether its future has begun and neither returned nor panicked. Of a body that is no future: never.
    pub(crate) fn is_unfinished(&self) -> bool {
        self.waits
    }

    /// Polls the body's `future`.
    pub(crate) fn poll<F: Future>(
        &mut self,
        future: Pin<&mut F>,
        task: &mut Context<'_>,
    ) -> Poll<F::Output> {
        // A panic passes by what follows: the body is over then.
        self.waits = false;
        let polled = future.poll(task);
        // mutant: dropped-body-no-doubt
        self.waits = polled.is_pending();
        polled
    }
}

/// Invalidates groups when a body is left, in whatever way.
pub trait Guard {
    /// The body.
    fn body(&mut self) -> &mut Body;
}

/// Runs `body`, and tells `guard` how far it has come.
pub fn watch<'a, G: Guard, F: Future>(guard: &'a mut G, body: Pin<&'a mut F>) -> Watch<'a, F> {
    Watch { state: guard.body(), body }
}

/// A body that is watched.
#[must_use]
pub struct Watch<'a, F> {
    state: &'a mut Body,
    body: Pin<&'a mut F>,
}

impl<F> std::fmt::Debug for Watch<'_, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("state", &self.state).finish_non_exhaustive()
    }
}

impl<F: Future> Future for Watch<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<F::Output> {
        let Self { state, body } = &mut *self;
        state.poll(body.as_mut(), task)
    }
}
