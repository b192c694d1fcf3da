//! An async call without an entry: it waits without blocking, then runs its body.
//!
//! The body is lent, and nothing here holds it: a cached async function adds to a plain one no more than
//! the body's own block. The compiler walks through all that a chain of such functions holds, to find out
//! whether it is `Send`, and gives up at some depth.

use crate::call::Miss;
use crate::flights::{Claim, Waiter};
use crate::groups::Groups;
use crate::returns::Storable;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

const ENDED: &str = "a future is not polled after its end";

/// A call that waits for another call's computation, or runs its body.
///
/// Dropped in the middle, it abandons the computation before the call and the body are dropped, whose destructors may
/// call for the same value.
pub struct Running<'a, S: Storable, K: 'static, G, B: ?Sized> {
    claim: Option<Claim<K, S::Stored>>,
    /// There until it has returned.
    miss: Option<Miss<S, K, G>>,
    body: Pin<&'a mut B>,
}

impl<S: Storable, K, G, B: ?Sized> std::fmt::Debug for Running<'_, S, K, G, B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").finish_non_exhaustive()
    }
}

impl<S: Storable, K, G> Miss<S, K, G> {
    /// Runs `body`, or waits for another call's, without blocking.
    pub fn run_async<'a, B: ?Sized>(self, body: Pin<&'a mut B>) -> Running<'a, S, K, G, B> {
        Running { claim: None, miss: Some(self), body }
    }
}

impl<S, K, G, B> Future for Running<'_, S, K, G, B>
where
    S: Storable,
    K: Clone + Eq + Send + Sync + 'static,
    G: Groups,
    B: Future<Output = S::Return> + ?Sized,
{
    type Output = S::Return;

    // A hit in the same function does without the room that this takes.
    #[inline(never)]
    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<S::Return> {
        let Self { claim, miss, body } = self.get_mut();
        let call = miss.as_ref().expect(ENDED);
        let waker = task.waker();
        let wait = |waiter: &Waiter<_, _>| waiter.poll(waker);
        let returned = ready!(call.poll(claim, wait, || body.as_mut().poll(task)));
        Poll::Ready(miss.take().expect(ENDED).complete(claim.take(), returned))
    }
}

// Nothing in it is ever pinned.
impl<S: Storable, K, G, B: ?Sized> Unpin for Running<'_, S, K, G, B> {}

/// A body of which only its output and that it is `Send` are known.
pub fn boxed<'a, R>(
    body: impl Future<Output = R> + Send + 'a,
) -> Pin<Box<dyn Future<Output = R> + Send + 'a>> {
    Box::pin(body)
}
