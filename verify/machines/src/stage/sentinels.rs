//! Sentinels, which put a replica in the place of a primary that does not answer.

use super::node::Node;
use super::{Stage, Wait};
use crate::faults::{Faults, Mishap};
use std::collections::HashMap;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

/// What `.ci/redis` calls the primary.
const NAME: &str = "main";

/// How long a failover may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sentinels that know one primary.
#[derive(Debug)]
pub struct Sentinels(Vec<Node>);

impl Sentinels {
    /// Finds the Sentinels at these addresses, with commas between.
    ///
    /// # Errors
    /// One of them does not answer.
    pub fn find(addresses: &str) -> io::Result<Self> {
        addresses.split(',').map(Node::find).collect::<io::Result<_>>().map(Self)
    }

    fn primaries(&self) -> io::Result<Vec<String>> {
        let named = |sentinel: &Node| {
            let (host, port): (String, u16) =
                sentinel.ask(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME])?;
            Ok(format!("{host}:{port}"))
        };
        self.0.iter().map(named).collect()
    }

    fn primary(&self) -> io::Result<Node> {
        Node::find(&self.primaries()?[0])
    }

    /// Whether there is a replica that follows the primary.
    fn has_replica(&self) -> io::Result<bool> {
        let replicas: Vec<HashMap<String, String>> =
            self.0[0].ask(&["SENTINEL", "REPLICAS", NAME])?;
        let is = |replica: &HashMap<_, _>, name: &str, value: &str| {
            replica.get(name).is_some_and(|found: &String| found == value)
        };
        Ok(replicas.iter().any(|replica| {
            is(replica, "flags", "slave") && is(replica, "master-link-status", "ok")
        }))
    }

    /// Lets the primary stand still until all Sentinels name another, then go on as a replica of that. Whether there was a
    /// replica to take its place.
    ///
    /// # Errors
    /// A server does not answer, or no replica takes over in time.
    pub fn fail_over(&self) -> io::Result<bool> {
        if !self.has_replica()? {
            return Ok(false);
        }
        let old = self.primary()?;
        let still = old.pause()?;
        let begun = Instant::now();
        while self.primaries()?.iter().any(|named| named == old.address()) {
            if begun.elapsed() > PATIENCE {
                return Err(io::Error::other("no replica takes over"));
            }
            thread::sleep(Duration::from_millis(20));
        }
        drop(still);
        Ok(true)
    }
}

impl Stage for Sentinels {
    fn url(&self, _: usize) -> String {
        let addresses: Vec<_> = self.0.iter().map(Node::address).collect();
        format!("redis+sentinel://{}/{NAME}", addresses.join(","))
    }

    fn choices(&self, faults: Faults) -> Vec<(Mishap, u32)> {
        match faults {
            Faults::None => Vec::new(),
            Faults::Network => vec![(Mishap::KillClients, 1)],
            Faults::All => vec![
                (Mishap::Failover, 3),
                (Mishap::KillClients, 4),
                (Mishap::Flush, 2),
                (Mishap::Pause, 2),
            ],
        }
    }

    fn befall(&mut self, mishap: Mishap, _: usize, wait: &mut Wait<'_>) -> io::Result<bool> {
        match mishap {
            Mishap::Failover => return self.fail_over(),
            Mishap::KillClients => {
                self.primary()?.ask::<u64>(&["CLIENT", "KILL", "TYPE", "pubsub"])?;
            }
            Mishap::Flush => self.primary()?.ask(&["FLUSHALL"])?,
            Mishap::Pause => {
                let primary = self.primary()?;
                let still = primary.pause()?;
                // Not for as long as the Sentinels would bear.
                wait(0.2..2.4);
                drop(still);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}
