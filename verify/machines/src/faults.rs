//! What goes wrong in a run, by chance.

use crate::now;
use crate::run::PROCESSES;
use crate::stage::Stage;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// Which faults there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Faults {
    /// None.
    None,
    /// Of the network.
    Network,
    /// Of the network and the server.
    All,
}

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mishap {
    /// A process and the server do not hear each other.
    Hold,
    /// The server does not hear a process.
    HoldRequests,
    /// A process does not hear the server.
    HoldReplies,
    /// A process hears the server late.
    Delay,
    /// The connections of a process are closed.
    Reset,
    /// The connections of a process are closed while it does not hear the server: what was on its way is lost.
    Lose,
    /// The server forgets everything.
    Flush,
    /// The server closes the connections that listen.
    KillClients,
    /// The server stands still.
    Pause,
    /// The server is killed and starts again with nothing.
    Restart,
    /// The slot of the namespace moves to another node of the cluster.
    Move,
    /// The primary stands still until a replica has taken its place.
    Failover,
}

/// What has gone wrong: when it began, in nanoseconds of [`now`], and to which process.
pub type Log = Vec<(u64, Mishap, usize)>;

/// Lets things go wrong until `over` is closed, and returns what has.
pub(crate) fn play(
    faults: Faults,
    seed: u64,
    bound: Duration,
    stage: &mut dyn Stage,
    over: &Receiver<()>,
) -> io::Result<Log> {
    let mut waits = SmallRng::seed_from_u64(seed);
    let mut chances = SmallRng::seed_from_u64(seed ^ 1);
    let mut log = Log::new();
    let choices = stage.choices(faults);
    // In shares of the bound.
    let mut wait = |range: Range<f64>| {
        let time = bound.mul_f64(waits.random_range(range));
        over.recv_timeout(time) == Err(RecvTimeoutError::Timeout)
    };
    while wait(0.1..2.0) {
        let Ok((mishap, _)) = choices.choose_weighted(&mut chances, |(_, often)| *often) else {
            continue;
        };
        let process = chances.random_range(0..PROCESSES);
        let begun = now();
        if stage.befall(*mishap, process, &mut wait)? {
            log.push((begun, *mishap, process));
        }
    }
    Ok(log)
}

/// How often each thing has gone wrong.
pub fn counts(log: &Log) -> BTreeMap<Mishap, usize> {
    let mut counts = BTreeMap::new();
    for (_, mishap, _) in log {
        *counts.entry(*mishap).or_default() += 1;
    }
    counts
}
