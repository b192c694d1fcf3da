//! An async call without an entry: it waits for its turn, then runs its body.
//!
//! The body is lent, and nothing here holds it: a cached async function adds to a plain one no more than
//! the body's own block. The compiler walks through all that a chain of such functions holds, to find out
//! whether it is `Send`, and gives up at some depth.

use crate::cache::Entry;
use crate::call::{Miss, Next, join_entry};
use crate::context;
use crate::flights::leader::Leader;
use crate::flights::wait_graph::Wait;
use crate::groups::Groups;
use crate::returns::Storable;
use crate::sync::Arc;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

/// What an async call has come to, until it is handed out.
///
/// Keeps the rest of the call: while it leads, no destructor of the user's may run outside of its frame.
pub struct Turn<S: Storable, K: 'static, G>(Option<Come<S, K, G>>);

/// What it has come to.
struct Come<S: Storable, K: 'static, G> {
    due: Due<K, S::Stored>,
    miss: Miss<S, K, G>,
}

/// What an async call is to do.
enum Due<K: 'static, V: 'static> {
    /// Return this.
    Use { entry: Arc<Entry<K, V>>, outdated: bool },
    /// Run the body.
    Leader(Leader<K, V>),
}

/// A call that waits for its turn.
pub struct Waiting<S: Storable, K: 'static, G> {
    /// While it waits in the seat that `miss` has joined. Dropped first: who leaves waits for nobody any more.
    wait: Option<Wait>,
    miss: Option<Miss<S, K, G>>,
}

/// A body that runs in its turn.
pub struct Running<'a, S: Storable, K: 'static, G, B: ?Sized> {
    turn: &'a mut Turn<S, K, G>,
    body: Pin<&'a mut B>,
}

impl<S: Storable, K, G> std::fmt::Debug for Turn<S, K, G> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Turn").finish_non_exhaustive()
    }
}

impl<S: Storable, K, G> std::fmt::Debug for Waiting<S, K, G> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiting").finish_non_exhaustive()
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
        let mut turn = self.turn().await;
        let body = pin!(body());
        turn.run(body).await
    }

    /// Waits, without blocking, for another call's computation or for the turn of this one.
    pub fn turn(self) -> Waiting<S, K, G> {
        Waiting { wait: None, miss: Some(self) }
    }
}

impl<S, K, G> Future for Waiting<S, K, G>
where
    S: Storable,
    K: Clone + Eq + Send + Sync + 'static,
    G: Groups,
{
    type Output = Turn<S, K, G>;

    // A hit in the same function does without the room that this takes.
    #[inline(never)]
    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Turn<S, K, G>> {
        let Self { wait, miss: place } = self.get_mut();
        let mut miss = place.take().expect("a future is not polled after its end");
        let due = loop {
            if let Some(seat) = &miss.joined
                && seat.poll(task).is_pending()
            {
                *place = Some(miss);
                return Poll::Pending;
            }
            *wait = None;
            match miss.next() {
                Next::Use { entry, outdated } => break Due::Use { entry, outdated },
                Next::Wait(seat, waits) => {
                    miss.joined = Some(seat);
                    *wait = Some(waits);
                }
                Next::Leader(lead) => break Due::Leader(lead),
            }
        };
        Poll::Ready(Turn(Some(Come { due, miss })))
    }
}

// Nothing in it is ever pinned.
impl<S: Storable, K, G> Unpin for Waiting<S, K, G> {}

impl<S: Storable, K, G> Turn<S, K, G> {
    /// The value, by `body` if it is this call's to compute.
    pub fn run<'a, B: ?Sized>(&'a mut self, body: Pin<&'a mut B>) -> Running<'a, S, K, G, B> {
        Running { turn: self, body }
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
        let Self { turn, body } = self.get_mut();
        let returned = match &turn.0 {
            Some(Come { due: Due::Leader(lead), .. }) => {
                let _scope = context::enter(lead.frame());
                match body.as_mut().poll(task) {
                    Poll::Ready(returned) => Some(returned),
                    Poll::Pending => return Poll::Pending,
                }
            }
            _ => None,
        };
        let Come { due, miss } = turn.0.take().expect("a future is not polled after its end");
        Poll::Ready(match (due, returned) {
            (Due::Use { entry, outdated }, _) => join_entry::<S, K>(&entry, outdated),
            (Due::Leader(lead), Some(returned)) => miss.land(lead, returned),
            (Due::Leader(_), None) => unreachable!("the body has been polled to its end"),
        })
    }
}

/// Dropped in the middle, it leads no more when the body is dropped after it, whose destructors may call for the
/// same value.
impl<S: Storable, K, G, B: ?Sized> Drop for Running<'_, S, K, G, B> {
    fn drop(&mut self) {
        drop(self.turn.0.take());
    }
}

/// A body of which nobody sees any more than that it may be sent.
pub fn boxed<'a, R>(
    body: impl Future<Output = R> + Send + 'a,
) -> Pin<Box<dyn Future<Output = R> + Send + 'a>> {
    Box::pin(body)
}
