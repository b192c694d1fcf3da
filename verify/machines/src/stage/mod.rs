//! The servers of a run, and what may go wrong with each kind of them.

mod alone;
mod cluster;
mod node;
mod sentinels;

pub use cluster::Cluster;
pub use sentinels::Sentinels;

use crate::faults::{Faults, Mishap};
use alone::Alone;
use std::ffi::OsString;
use std::io;
use std::ops::Range;

/// Which servers a run has.
#[derive(Clone, Debug)]
pub enum Servers {
    /// One of its own, by its program and its threads for connections, with a proxy before each process.
    One(OsString, u8),
    /// The nodes of a cluster that runs already.
    Cluster(String),
    /// Sentinels that run already, with a primary and a replica behind them, and whether a primary needs that.
    Sentinel(String, bool),
}

/// Waits for a share of the bound by chance. Whether the run goes on.
pub(crate) type Wait<'a> = dyn FnMut(Range<f64>) -> bool + 'a;

/// Servers under faults.
pub(crate) trait Stage: Send {
    /// Where a process finds them.
    fn url(&self, process: usize) -> String;

    /// What may go wrong, and how often each is chosen.
    fn choices(&self, faults: Faults) -> Vec<(Mishap, u32)>;

    /// Lets something go wrong for a process, or for all. Whether it could.
    fn befall(&mut self, mishap: Mishap, process: usize, wait: &mut Wait<'_>) -> io::Result<bool>;
}

impl Servers {
    /// Starts or finds them, for so many processes of a namespace.
    pub(crate) fn start(
        &self,
        processes: usize,
        namespace: &str,
        seed: u64,
    ) -> io::Result<Box<dyn Stage>> {
        Ok(match self {
            Self::One(program, threads) => {
                Box::new(Alone::start(program, *threads, processes, seed)?)
            }
            Self::Cluster(nodes) => Box::new(Cluster::find(nodes, namespace)?),
            Self::Sentinel(sentinels, false) => Box::new(Sentinels::find(sentinels)?),
            Self::Sentinel(sentinels, true) => {
                Box::new(Sentinels::find(sentinels)?.want_replica()?)
            }
        })
    }
}
