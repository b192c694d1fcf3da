//! One server of the run's own, and a faulty network between it and each process.

use super::{Stage, Wait};
use crate::faults::{Faults, Mishap};
use crate::proxy::{Fault, Proxy};
use crate::server::Server;
use std::ffi::OsStr;
use std::io;
use std::ops::Range;

/// A server, and a proxy for each process.
#[derive(Debug)]
pub(super) struct Alone {
    server: Server,
    proxies: Vec<Proxy>,
}

/// What goes wrong with the network, and with the server.
const NETWORK: [(Mishap, u32); 6] = [
    (Mishap::Hold, 2),
    (Mishap::HoldRequests, 1),
    (Mishap::HoldReplies, 2),
    (Mishap::Delay, 2),
    (Mishap::Reset, 3),
    (Mishap::Lose, 3),
];
const SERVER: [(Mishap, u32); 4] =
    [(Mishap::Flush, 2), (Mishap::KillClients, 2), (Mishap::Pause, 1), (Mishap::Restart, 1)];

impl Alone {
    pub(super) fn start(
        program: &OsStr,
        threads: u8,
        processes: usize,
        seed: u64,
    ) -> io::Result<Self> {
        let server = Server::start(program, threads)?;
        let proxies = (0..processes as u64)
            .map(|at| Proxy::start(server.address(), seed ^ at))
            .collect::<io::Result<_>>()?;
        Ok(Self { server, proxies })
    }
}

impl Stage for Alone {
    fn url(&self, process: usize) -> String {
        format!("redis://{}/", self.proxies[process].address())
    }

    fn choices(&self, faults: Faults) -> Vec<(Mishap, u32)> {
        match faults {
            Faults::None => Vec::new(),
            Faults::Network => NETWORK.to_vec(),
            Faults::All => [&NETWORK[..], &SERVER].concat(),
        }
    }

    fn befall(&mut self, mishap: Mishap, process: usize, wait: &mut Wait<'_>) -> io::Result<bool> {
        let (proxy, server) = (&self.proxies[process], &mut self.server);
        let mut hold = |fault: Fault, time: Range<f64>| {
            proxy.set(fault);
            wait(time);
            proxy.set(Fault::None);
        };
        match mishap {
            Mishap::Hold => hold(Fault::Hold, 0.2..6.0),
            Mishap::HoldRequests => hold(Fault::HoldRequests, 0.2..6.0),
            Mishap::HoldReplies => hold(Fault::HoldReplies, 0.2..6.0),
            Mishap::Delay => hold(Fault::Delay, 0.4..4.0),
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
            Mishap::Move | Mishap::Failover => return Ok(false),
        }
        Ok(true)
    }
}
