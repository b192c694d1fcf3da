//! What goes wrong in a run, by chance.

use crate::now;
use crate::proxy::{Fault, Proxy};
use crate::server::Server;
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
}

impl Mishap {
    /// How often each is chosen, of the network and of the server.
    const NETWORK: [(Self, u32); 6] = [
        (Self::Hold, 2),
        (Self::HoldRequests, 1),
        (Self::HoldReplies, 2),
        (Self::Delay, 2),
        (Self::Reset, 3),
        (Self::Lose, 3),
    ];
    const SERVER: [(Self, u32); 4] =
        [(Self::Flush, 2), (Self::KillClients, 2), (Self::Pause, 1), (Self::Restart, 1)];
}

/// What has gone wrong: when it began, in nanoseconds of [`now`], and to which process.
pub type Log = Vec<(u64, Mishap, usize)>;

/// Lets things go wrong until `over` is closed, and returns what has.
pub(crate) fn play(
    faults: Faults,
    seed: u64,
    bound: Duration,
    proxies: &[Proxy],
    server: &mut Server,
    over: &Receiver<()>,
) -> io::Result<Log> {
    let mut chances = SmallRng::seed_from_u64(seed);
    let mut log = Log::new();
    let choices = match faults {
        Faults::None => Vec::new(),
        Faults::Network => Mishap::NETWORK.to_vec(),
        Faults::All => [&Mishap::NETWORK[..], &Mishap::SERVER].concat(),
    };
    // In shares of the bound.
    let mut wait = |range: Range<f64>| {
        let time = bound.mul_f64(chances.random_range(range));
        over.recv_timeout(time) == Err(RecvTimeoutError::Timeout)
    };
    let mut chances = SmallRng::seed_from_u64(seed ^ 1);
    while wait(0.1..2.0) {
        let Ok((mishap, _)) = choices.choose_weighted(&mut chances, |(_, often)| *often) else {
            continue;
        };
        let at = chances.random_range(0..proxies.len());
        let proxy = &proxies[at];
        log.push((now(), *mishap, at));
        match mishap {
            Mishap::Hold => hold(proxy, Fault::Hold, || wait(0.2..6.0)),
            Mishap::HoldRequests => hold(proxy, Fault::HoldRequests, || wait(0.2..6.0)),
            Mishap::HoldReplies => hold(proxy, Fault::HoldReplies, || wait(0.2..6.0)),
            Mishap::Delay => hold(proxy, Fault::Delay, || wait(0.4..4.0)),
            Mishap::Reset => proxy.reset(),
            Mishap::Lose => {
                proxy.set(Fault::HoldReplies);
                wait(0.02..0.4);
                proxy.reset();
                proxy.set(Fault::None);
            }
            Mishap::Flush => drop(server.tell("FLUSHALL")?),
            Mishap::KillClients => drop(server.tell("CLIENT KILL TYPE pubsub")?),
            Mishap::Pause => {
                server.pause()?;
                wait(0.2..2.4);
                server.resume()?;
            }
            Mishap::Restart => {
                server.kill()?;
                wait(0.01..1.2);
                server.restart()?;
            }
        }
    }
    Ok(log)
}

fn hold(proxy: &Proxy, fault: Fault, wait: impl FnOnce() -> bool) {
    proxy.set(fault);
    wait();
    proxy.set(Fault::None);
}

/// How often each thing has gone wrong.
pub fn counts(log: &Log) -> BTreeMap<Mishap, usize> {
    let mut counts = BTreeMap::new();
    for (_, mishap, _) in log {
        *counts.entry(*mishap).or_default() += 1;
    }
    counts
}
