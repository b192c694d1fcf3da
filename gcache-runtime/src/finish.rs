//! Futures that go on when they are dropped.
//!
//! [`finish`](finish()) makes one; the functions here count and bound those that go on alone.

use crate::sync::{AtomicCount, AtomicUsize, Ordering};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tracing::instrument::{Instrument as _, Instrumented};

/// Runs `future` to its end, whoever stops waiting for it.
///
/// It is polled where it is awaited, as if it stood there by itself. **Dropped before its end it goes on**, as a
/// tokio task of its own. So a write and what comes after it belong together: a server drops the handler when
/// the visitor leaves, the database finishes the statement all the same, and the invalidation that was to follow
/// follows.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # async fn update(_: u64) {}
/// use gcache::{finish, invalidate_tag};
///
/// let film = 7; // owned: the future may outlive the handler
/// finish(async move {
///     update(film).await;
///     invalidate_tag(format!("film {film}"));
/// })
/// .await;
/// # }
/// ```
///
/// - It keeps the `tracing` span that was current when it was made, alone as well.
/// - A panic while it is awaited is the caller's, as ever, and nothing goes on. A panic of one that goes on
///   alone reaches the panic hook, and is counted.
/// - One that was dropped before it was polled has begun nothing, and does not go on.
/// - What goes on alone is in none of the scopes around the `await`: no
///   [`Transaction`](crate::Transaction) that was entered there, no [`bypass`](crate::bypass()).
/// - It needs a tokio runtime, where it was made, first polled or dropped, and one that lives on. Without one, or with
///   [too many](limit) going on already, it is dropped, and counted as refused. What it may have changed is then
///   in doubt as of any dropped future: see [`set_doubt`](crate::set_doubt).
pub fn finish<F>(future: F) -> Finish<F>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let runtime = Handle::try_current().ok();
    let future = Some(Box::pin(future.in_current_span()));
    Finish { future, runtime, begun: false, alone: Alone::go }
}

/// A future that goes on when it is dropped. Made by [`finish`](finish()).
#[must_use = "futures do nothing unless polled"]
pub struct Finish<F: Future> {
    /// There until it is over.
    future: Option<Pin<Box<Instrumented<F>>>>,
    runtime: Option<Handle>,
    begun: bool,
    /// What is only possible for futures that may be sent; `Drop` may ask for no more than the type.
    alone: fn(Pin<Box<Instrumented<F>>>, &Handle),
}

impl<F: Future> Future for Finish<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<F::Output> {
        if !self.begun {
            self.begun = true;
            self.runtime = self.runtime.take().or_else(|| Handle::try_current().ok());
        }
        // Taken out: after a panic there is nothing to go on with.
        let mut future = self.future.take().expect("a future is not polled after it is done");
        let polled = future.as_mut().poll(task);
        if polled.is_pending() {
            self.future = Some(future);
        }
        polled
    }
}

impl<F: Future> Drop for Finish<F> {
    fn drop(&mut self) {
        let Some(future) = self.future.take().filter(|_| self.begun) else { return };
        match self.runtime.take().or_else(|| Handle::try_current().ok()) {
            // mutant: dropped-does-not-finish
            Some(runtime) => (self.alone)(future, &runtime),
            None => refuse(future),
        }
    }
}

impl<F: Future> fmt::Debug for Finish<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finish").field("begun", &self.begun).finish_non_exhaustive()
    }
}

static LIMIT: AtomicUsize = AtomicUsize::new(1_000);
static RUNNING: AtomicUsize = AtomicUsize::new(0);
static REFUSED: AtomicCount = AtomicCount::new(0);
static PANICKED: AtomicCount = AtomicCount::new(0);

/// Wakes those who wait for the last.
static IDLE: Notify = Notify::const_new();

/// How many futures may go on alone at a time: 1,000 unless set. Those beyond are dropped, and counted as
/// refused. Those that go on already stay.
///
/// Each holds what its handler held, such as a connection of a pool.
///
/// ```
/// gcache::finish::limit(100);
/// ```
pub fn limit(most: usize) {
    LIMIT.store(most, Ordering::Relaxed);
}

/// What became of the futures that were dropped before their end.
///
/// ```
/// assert_eq!(gcache::finish::stats().running, 0);
/// ```
pub fn stats() -> FinishStats {
    FinishStats {
        running: RUNNING.load(Ordering::SeqCst) as u64,
        refused: REFUSED.load(Ordering::Relaxed),
        panicked: PANICKED.load(Ordering::Relaxed),
    }
}

/// What became of the futures that were dropped before their end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FinishStats {
    /// Those that go on alone now.
    pub running: u64,
    /// Those that did not go on: too many did already, or there was no runtime.
    pub refused: u64,
    /// Those that panicked while they went on.
    pub panicked: u64,
}

/// Waits until no future goes on alone: for a server that shuts down, after it has closed its connections.
///
/// One that waits for something that never comes is waited for without end, so give it a time limit.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// // axum::serve(..).with_graceful_shutdown(..).await?;
/// gcache::finish::idle().await;
/// # }
/// ```
pub async fn idle() {
    loop {
        let ended = IDLE.notified();
        if RUNNING.load(Ordering::SeqCst) == 0 {
            return;
        }
        ended.await;
    }
}

/// Drops what may not go on.
fn refuse<F>(future: F) {
    REFUSED.fetch_add(1, Ordering::Relaxed);
    drop(future);
}

/// One that goes on alone, until dropped.
struct Alone {
    /// Whether the runtime has polled it: one that has ended drops it at once.
    begun: bool,
}

impl Alone {
    fn begin() -> Option<Self> {
        let limit = LIMIT.load(Ordering::Relaxed);
        let more = |running| (running < limit).then_some(running + 1);
        let begun = RUNNING.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more);
        begun.ok().map(|_| Self { begun: false })
    }

    /// Has `future` go on by itself.
    fn go<F>(future: Pin<Box<Instrumented<F>>>, runtime: &Handle)
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let Some(mut alone) = Self::begin() else { return refuse(future) };
        runtime.spawn(async move {
            alone.begun = true;
            // Nobody is left to hear what it returns.
            drop(future.await);
            drop(alone);
        });
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        if !self.begun {
            REFUSED.fetch_add(1, Ordering::Relaxed);
        } else if std::thread::panicking() {
            PANICKED.fetch_add(1, Ordering::Relaxed);
        }
        if RUNNING.fetch_sub(1, Ordering::SeqCst) == 1 {
            IDLE.notify_waiters();
        }
    }
}
