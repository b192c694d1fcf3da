//! Helpers that several test files share.
#![allow(dead_code, reason = "each test file uses some of it")]

pub(crate) mod doubt;

use std::future::poll_fn;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// Counts how often bodies ran.
#[derive(Default)]
pub(crate) struct Count(AtomicUsize);

impl Count {
    pub(crate) const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// Adds one and returns the number of this run, from 1.
    pub(crate) fn up(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Counts a run that stays at `stop` until the test lets it go on, and returns its number.
    pub(crate) fn up_to(&self, stop: Option<&Stop>) -> usize {
        let run = self.up();
        stop.into_iter().for_each(Stop::here);
        run
    }

    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Runs a test of what is freed, on a thread of its own, while no other such test of the process runs: each
/// thread takes steps of the housekeeping, and one that stands still inside of a memo, or at its end, keeps what
/// others give up meanwhile.
pub(crate) fn alone(test: impl FnOnce() + Send + 'static) {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let tested = thread::spawn(|| {
        // What other tests have left would have its share of the steps.
        gcache::clear();
        test();
    });
    let tested = tested.join();
    drop(turn);
    tested.unwrap_or_else(|panic| resume_unwind(panic));
}

/// After this a test that should not wait has failed. Not a delay: nothing waits so long that works.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A place in a body where it says that it is there and stays until it is told to go on.
pub(crate) struct Stop {
    arrived: Sender<()>,
    leave: Mutex<Receiver<()>>,
}

/// The other end of a [`Stop`].
pub(crate) struct Control {
    arrived: Receiver<()>,
    leave: Sender<()>,
}

pub(crate) fn stop() -> (Stop, Control) {
    let (arrived, has_arrived) = channel();
    let (leave, may_leave) = channel();
    let stop = Stop { arrived, leave: Mutex::new(may_leave) };
    (stop, Control { arrived: has_arrived, leave })
}

impl Stop {
    pub(crate) fn here(&self) {
        self.arrived.send(()).expect("the test controls the stop");
        let leave = self.leave.lock().unwrap_or_else(PoisonError::into_inner);
        leave.recv_timeout(PATIENCE).expect("the test lets the body go on");
    }
}

impl Control {
    /// Waits until the body is at the stop.
    pub(crate) fn arrived(&self) {
        self.arrived.recv_timeout(PATIENCE).expect("the body comes to the stop");
    }

    /// Lets the body go on.
    pub(crate) fn leave(&self) {
        self.leave.send(()).expect("the body is at the stop");
    }
}

/// Runs `work` on a thread of its own and fails if it does not come to an end.
pub(crate) fn must_end<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    let (done, ended) = channel();
    let running = thread::spawn(move || {
        let result = work();
        // The receiver is gone only if the test has failed already.
        let _ = done.send(());
        result
    });
    match ended.recv_timeout(PATIENCE) {
        Err(std::sync::mpsc::RecvTimeoutError::Timeout) => panic!("it hangs"),
        Ok(()) | Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => {}
    }
    running.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// Waits until something that is under way has made `holds` true.
pub(crate) fn wait_until(holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "it does not happen");
        thread::yield_now();
    }
}

/// Takes steps until `holds` is true; fails after far more steps than it can take. Steps are counted, since the
/// time that they take says nothing.
pub(crate) fn until(holds: impl Fn() -> bool, mut step: impl FnMut()) {
    let steps = (0..100_000).take_while(|_| !holds()).inspect(|_| step()).count();
    assert!(steps < 100_000, "{steps} steps have not been enough");
}

/// How many values are alive of those that were made.
pub(crate) fn alive<T>(made: &[Weak<T>]) -> usize {
    made.iter().filter(|made| made.strong_count() > 0).count()
}

/// How many computations of a function were begun, and how many bodies ran beside one.
pub(crate) fn led_and_relieved(function: gcache::CachedFunction) -> (u64, u64) {
    let stats = function.stats();
    (stats.misses - stats.relieved, stats.relieved)
}

/// Does nothing with a result.
pub(crate) fn ignore<T>(_: T) {}

/// Whether `call` returns something else after `change`; called twice before and after: hits in between.
pub(crate) fn changes(call: impl Fn() -> usize, change: impl FnOnce()) -> bool {
    let before = call();
    assert_eq!(call(), before, "a hit");
    change();
    let after = call();
    assert_eq!(call(), after, "a hit");
    before != after
}

/// Polls a future that is to wait for something.
pub(crate) fn poll_once<F: Future>(future: &mut Pin<Box<F>>) {
    let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending(), "it waits");
}

/// Comes back to the executor once.
pub(crate) async fn yields() {
    let mut first = true;
    poll_fn(|task| {
        if std::mem::take(&mut first) {
            task.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}
