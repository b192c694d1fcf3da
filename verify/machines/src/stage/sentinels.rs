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
pub struct Sentinels {
    nodes: Vec<Node>,
    /// A primary without a replica refuses writes.
    wants_replica: bool,
}

impl Sentinels {
    /// Finds the Sentinels at these addresses, with commas between.
    ///
    /// # Errors
    /// One of them does not answer.
    pub fn find(addresses: &str) -> io::Result<Self> {
        let nodes = addresses.split(',').map(Node::find).collect::<io::Result<_>>()?;
        Ok(Self { nodes, wants_replica: false })
    }

    /// Lets a primary without a replica refuse writes: so of two primaries, the one that is cut off carries nothing.
    ///
    /// # Errors
    /// A server does not answer.
    pub fn want_replica(mut self) -> io::Result<Self> {
        let replicas = self.replicas()?;
        let named = |replica: &HashMap<String, String>| Node::find(&replica["name"]);
        let servers = replicas.iter().map(named).chain([self.primary()]);
        for server in servers.collect::<io::Result<Vec<_>>>()? {
            for setting in ["min-replicas-to-write", "min-replicas-max-lag"] {
                server.ask::<()>(&["CONFIG", "SET", setting, "1"])?;
            }
        }
        self.wants_replica = true;
        Ok(self)
    }

    fn primaries(&self) -> io::Result<Vec<String>> {
        let named = |sentinel: &Node| {
            let (host, port): (String, u16) =
                sentinel.ask(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME])?;
            Ok(format!("{host}:{port}"))
        };
        self.nodes.iter().map(named).collect()
    }

    fn primary(&self) -> io::Result<Node> {
        Node::find(&self.primaries()?[0])
    }

    fn replicas(&self) -> io::Result<Vec<HashMap<String, String>>> {
        self.nodes[0].ask(&["SENTINEL", "REPLICAS", NAME])
    }

    /// Whether there is a replica that follows the primary.
    fn has_replica(&self) -> io::Result<bool> {
        let is = |replica: &HashMap<_, _>, name: &str, value: &str| {
            replica.get(name).is_some_and(|found: &String| found == value)
        };
        Ok(self.replicas()?.iter().any(|replica| {
            is(replica, "flags", "slave") && is(replica, "master-link-status", "ok")
        }))
    }

    /// Waits until there is a replica that could take the primary's place.
    ///
    /// # Errors
    /// A Sentinel does not answer, or knows of none in time.
    pub fn wait_for_replica(&self) -> io::Result<()> {
        until("there is no replica", || self.has_replica())
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
        until("no replica takes over", || {
            Ok(self.primaries()?.iter().all(|named| named != old.address()))
        })?;
        drop(still);
        Ok(true)
    }
}

/// Asks again and again until something is so.
fn until(never: &str, mut is_so: impl FnMut() -> io::Result<bool>) -> io::Result<()> {
    let begun = Instant::now();
    while !is_so()? {
        if begun.elapsed() > PATIENCE {
            return Err(io::Error::other(never));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

impl Stage for Sentinels {
    fn url(&self, _: usize) -> String {
        let addresses: Vec<_> = self.nodes.iter().map(Node::address).collect();
        format!("redis+sentinel://{}/{NAME}", addresses.join(","))
    }

    fn choices(&self, faults: Faults) -> Vec<(Mishap, u32)> {
        match faults {
            Faults::None => Vec::new(),
            Faults::Network => vec![(Mishap::KillClients, 1)],
            Faults::All => {
                // The Sentinels may replace a primary that goes on meanwhile: then there are two.
                let pause = u32::from(self.wants_replica);
                vec![
                    (Mishap::Failover, 3),
                    (Mishap::KillClients, 4),
                    (Mishap::Flush, 2),
                    (Mishap::Pause, 6 * pause),
                ]
            }
        }
    }

    fn befall(&mut self, mishap: Mishap, _: usize, wait: &mut Wait<'_>) -> io::Result<bool> {
        match mishap {
            Mishap::Failover => return self.fail_over(),
            Mishap::KillClients => self.primary()?.kill_listeners()?,
            Mishap::Flush => {
                return match self.primary()?.ask::<()>(&["FLUSHALL"]) {
                    Err(error) if error.to_string().contains("NOREPLICAS") => Ok(false),
                    flushed => flushed.map(|()| true),
                };
            }
            Mishap::Pause => {
                let primary = self.primary()?;
                let still = primary.pause()?;
                // About as long as the Sentinels bear.
                wait(0.2..5.0);
                drop(still);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}
