//! An async call without an entry: it waits without blocking, then runs its body.
//!
//! The body is lent, and nothing here holds it: a cached async function adds to a plain one no more than
//! the body's own block. The compiler walks through all that a chain of such functions holds, to find out
//! whether it is `Send`, and gives up at some depth.

use crate::call::{Miss, Step, join_entry};
use crate::context;
use crate::flights::Completed;
use crate::groups::Groups;
use crate::returns::Storable;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

/// A call that waits for another call's computation, or to lead one.
pub struct Claiming<S: Storable, K: 'static, G>(Option<Miss<S, K, G>>);

/// A call that waits no more, until it has returned.
///
/// Keeps the rest of the call: while it leads, no destructor of the user's may run outside of its frame.
pub struct Claimed<S: Storable, K: 'static, G> {
    step: Option<Step<K, S::Stored>>,
    miss: Option<Miss<S, K, G>>,
}

/// A body that runs for a call.
pub struct Running<'a, S: Storable, K: 'static, G, B: ?Sized> {
    claimed: &'a mut Claimed<S, K, G>,
    body: Pin<&'a mut B>,
}

impl<S: Storable, K, G> std::fmt::Debug for Claiming<S, K, G> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Claiming").finish_non_exhaustive()
    }
}

impl<S: Storable, K, G> std::fmt::Debug for Claimed<S, K, G> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Claimed").finish_non_exhaustive()
    }
}

impl<S: Storable, K, G, B: ?Sized> std::fmt::Debug for Running<'_, S, K, G, B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").finish_non_exhaustive()
    }
}

impl<S, K, G> Miss<S, K, G>
where
    S: Storable,
    K: Clone + Eq + Send + Sync + 'static,
    G: Groups,
{
    /// Runs `body`, or waits for another call's, without blocking.
    pub async fn run_async(self, body: impl AsyncFnOnce() -> S::Return) -> S::Return {
        let mut claimed = self.claim().await;
        let body = pin!(body());
        claimed.run(body).await
    }

    /// Waits, without blocking, until there is a value, or the body is to run.
    pub fn claim(self) -> Claiming<S, K, G> {
        Claiming(Some(self))
    }
}

impl<S, K, G> Future for Claiming<S, K, G>
where
    S: Storable,
    K: Clone + Eq + Send + Sync + 'static,
    G: Groups,
{
    type Output = Claimed<S, K, G>;

    // A hit in the same function does without the room that this takes.
    #[inline(never)]
    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Claimed<S, K, G>> {
        let place = &mut self.get_mut().0;
        let mut miss = place.take().expect("a future is not polled after its end");
        loop {
            if let Some(waiter) = &miss.waiter
                && waiter.poll(task).is_pending()
            {
                *place = Some(miss);
                return Poll::Pending;
            }
            if let Some(step) = miss.step() {
                return Poll::Ready(Claimed { step: Some(step), miss: Some(miss) });
            }
        }
    }
}

// Nothing in it is ever pinned.
impl<S: Storable, K, G> Unpin for Claiming<S, K, G> {}

impl<S: Storable, K, G> Claimed<S, K, G> {
    /// Returns the value, by `body` if it is this call's to compute.
    pub fn run<'a, B: ?Sized>(&'a mut self, body: Pin<&'a mut B>) -> Running<'a, S, K, G, B> {
        Running { claimed: self, body }
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

    #[inline(never)]
    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<S::Return> {
        let Self { claimed, body } = self.get_mut();
        let returned = match &claimed.step {
            Some(Step::Compute(computation)) => {
                let _scope = context::enter(computation.frame());
                match body.as_mut().poll(task) {
                    Poll::Ready(returned) => Some(returned),
                    Poll::Pending => return Poll::Pending,
                }
            }
            _ => None,
        };
        let taken = claimed.step.take().zip(claimed.miss.take());
        let (step, miss) = taken.expect("a future is not polled after its end");
        Poll::Ready(match (step, returned) {
            (Step::Use(Completed { entry, outdated, .. }), _) => {
                join_entry::<S, K>(&entry, outdated)
            }
            (Step::Compute(computation), Some(returned)) => miss.complete(computation, returned),
            (Step::Compute(_), None) => unreachable!("the body has been polled to its end"),
        })
    }
}

/// Dropped in the middle, it abandons the computation before the body is dropped, whose destructors may call for
/// the same value.
impl<S: Storable, K, G, B: ?Sized> Drop for Running<'_, S, K, G, B> {
    fn drop(&mut self) {
        drop(self.claimed.step.take());
        drop(self.claimed.miss.take());
    }
}

/// A body of which only its output and that it is `Send` are known.
pub fn boxed<'a, R>(
    body: impl Future<Output = R> + Send + 'a,
) -> Pin<Box<dyn Future<Output = R> + Send + 'a>> {
    Box::pin(body)
}
