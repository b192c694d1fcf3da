//! What is cached: numbered rows. Their computation can be held where it has read its row and has not
//! returned yet.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// After this a computation that should have begun has not: the library hangs.
const PATIENCE: Duration = Duration::from_mins(1);

static ROWS: LazyLock<Mutex<HashMap<u64, Row>>> = LazyLock::new(Mutex::default);

#[derive(Debug, Default)]
struct Row {
    value: u64,
    /// Holds the next computation.
    hold: Option<Hold>,
}

/// Where a computation stays until it is told to go on.
#[derive(Debug)]
struct Hold {
    /// Dropped when the computation leaves.
    arrived: Sender<()>,
    leave: Receiver<()>,
    longest: Duration,
}

/// The other end of a hold.
#[derive(Debug)]
pub(crate) struct Control {
    arrived: Receiver<()>,
    leave: Sender<()>,
}

/// A computation that has read its row.
#[derive(Debug)]
#[must_use]
pub(crate) struct Computation {
    value: u64,
    hold: Option<Hold>,
}

fn rows() -> MutexGuard<'static, HashMap<u64, Row>> {
    ROWS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes the row `key`.
pub fn write(key: u64, value: u64) {
    rows().entry(key).or_default().value = value;
}

/// Reads the row `key`, the way a cached function does: slowly, if this computation is to be held.
pub fn compute(key: u64) -> u64 {
    begin(key).finish()
}

/// The first half of [`compute`], for those that must not block a task.
pub(crate) fn begin(key: u64) -> Computation {
    let mut rows = rows();
    let row = rows.entry(key).or_default();
    Computation { value: row.value, hold: row.hold.take() }
}

impl Computation {
    pub(crate) fn is_deferred(&self) -> bool {
        self.hold.is_some()
    }

    pub(crate) fn finish(self) -> u64 {
        if let Some(Hold { arrived, leave, longest }) = self.hold {
            arrived.send(()).expect("whoever holds a computation waits for it");
            match leave.recv_timeout(longest) {
                Ok(()) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => panic!("the race was given up"),
            }
        }
        self.value
    }
}

/// Lets the next computation of `key` stay until it is told to go on, or for `longest`.
pub(crate) fn hold_next(key: u64, longest: Duration) -> Control {
    let (arrived, has_arrived) = channel();
    let (leave, may_leave) = channel();
    let hold = Hold { arrived, leave: may_leave, longest };
    rows().entry(key).or_default().hold = Some(hold);
    Control { arrived: has_arrived, leave }
}

impl Control {
    /// Waits until the computation has read its row.
    pub(crate) fn arrived(&self) {
        self.arrived.recv_timeout(PATIENCE).expect("the computation begins");
    }

    /// Whether the computation, having arrived, is not held any more.
    pub(crate) fn has_left(&self) -> bool {
        self.arrived.try_recv() == Err(TryRecvError::Disconnected)
    }

    /// Lets the computation go on, if it is still held.
    pub(crate) fn leave(&self) {
        // It may have left by itself.
        let _ = self.leave.send(());
    }
}
