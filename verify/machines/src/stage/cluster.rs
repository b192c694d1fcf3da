//! A cluster, of which one slot carries the namespace, and moves.

use super::node::Node;
use super::{Stage, Wait};
use crate::faults::{Faults, Mishap};
use std::io;

/// The nodes of a cluster.
#[derive(Debug)]
pub struct Cluster {
    nodes: Vec<Node>,
    /// The names of the nodes in the cluster.
    names: Vec<String>,
    slot: String,
    /// What the slot has of the namespace.
    keys: [String; 2],
    /// Which node has the slot.
    owner: usize,
}

impl Cluster {
    /// Finds the nodes at these addresses, with commas between.
    ///
    /// # Errors
    /// One of them does not answer, or none has the namespace's slot.
    pub fn find(addresses: &str, namespace: &str) -> io::Result<Self> {
        let nodes = addresses.split(',').map(Node::find).collect::<io::Result<Vec<_>>>()?;
        let names = nodes.iter().map(|node| node.ask(&["CLUSTER", "MYID"]));
        let names = names.collect::<io::Result<_>>()?;
        let keys = ["state", "log"].map(|key| format!("{{{namespace}}}:{key}"));
        let slot: u64 = nodes[0].ask(&["CLUSTER", "KEYSLOT", &keys[0]])?;
        // The others answer that it is not theirs.
        let has_slot = |node: &Node| node.ask::<u64>(&["EXISTS", &keys[0]]).is_ok();
        let owner = nodes.iter().position(has_slot);
        let owner = owner.ok_or_else(|| io::Error::other("no node has the slot"))?;
        Ok(Self { nodes, names, slot: slot.to_string(), keys, owner })
    }

    /// Moves the slot to the next node. `between` is called while its keys are there, and nobody serves them.
    ///
    /// # Errors
    /// A node refuses its part.
    pub fn move_slot(&mut self, between: impl FnOnce()) -> io::Result<()> {
        let (from, to) = (self.owner, (self.owner + 1) % self.nodes.len());
        let set = |at: usize, what: &[&str]| -> io::Result<()> {
            self.nodes[at].ask(&[&["CLUSTER", "SETSLOT", &*self.slot], what].concat())
        };
        let (source, target) = (&*self.names[from], &*self.names[to]);
        set(to, &["IMPORTING", source])?;
        set(from, &["MIGRATING", target])?;
        let (host, port) = self.nodes[to].address().rsplit_once(':').unwrap_or_default();
        let [state, log] = &self.keys;
        let moved = ["MIGRATE", host, port, "", "0", "5000", "KEYS", state, log];
        self.nodes[from].ask::<String>(&moved)?;
        between();
        // The target first: so the slot is somebody's at each moment.
        set(to, &["NODE", target])?;
        set(from, &["NODE", target])?;
        let others = (0..self.nodes.len()).filter(|at| *at != to && *at != from);
        others.into_iter().try_for_each(|at| set(at, &["NODE", target]))?;
        self.owner = to;
        Ok(())
    }
}

impl Stage for Cluster {
    fn url(&self, _: usize) -> String {
        let addresses: Vec<_> = self.nodes.iter().map(Node::address).collect();
        format!("redis+cluster://{}/", addresses.join(","))
    }

    fn choices(&self, faults: Faults) -> Vec<(Mishap, u32)> {
        match faults {
            Faults::None => Vec::new(),
            Faults::Network => vec![(Mishap::KillClients, 1)],
            Faults::All => vec![
                (Mishap::Move, 6),
                (Mishap::KillClients, 2),
                (Mishap::Flush, 1),
                (Mishap::Pause, 1),
            ],
        }
    }

    fn befall(&mut self, mishap: Mishap, _: usize, wait: &mut Wait<'_>) -> io::Result<bool> {
        let owner = &self.nodes[self.owner];
        match mishap {
            Mishap::Move => self.move_slot(|| _ = wait(0.0..1.2))?,
            Mishap::KillClients => owner.kill_listeners()?,
            Mishap::Flush => owner.ask(&["FLUSHALL"])?,
            Mishap::Pause => {
                let still = owner.pause()?;
                wait(0.2..2.4);
                drop(still);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}
