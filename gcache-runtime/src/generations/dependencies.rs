//! The generations under which a cached value was computed.

use super::generation::{AnyGeneration, GroupId, ended_generations};
use super::node::{FEW, Generations, NOT_SEEN, Node};
use crate::clock::Timestamp;
use crate::sync::{Arc, AtomicU64, Ordering};
use once_cell::race::OnceBox;

/// What a value depends on. The value is valid while all of it is alive.
///
/// A value that is no part of another has generations and no node: a node is made when a body first uses the value.
///
/// In this order: most hits read the first field alone, which lies next to the key and the value of the entry.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Dependencies {
    /// The count of [`ended_generations`] at which any thread last saw all alive.
    seen: AtomicU64,
    /// None where there was a node from the beginning.
    generations: Generations,
    /// All of it, as values made of this one refer to it.
    node: OnceBox<Arc<Node>>,
}

impl Dependencies {
    pub(crate) fn new(generations: Generations) -> Self {
        if generations.len() > FEW {
            return Node::new(generations, Vec::new()).into();
        }
        Self { generations, node: OnceBox::new(), seen: AtomicU64::new(NOT_SEEN) }
    }

    /// What the values that are made of this one depend on.
    pub(crate) fn node(&self) -> &Arc<Node> {
        self.node.get_or_init(|| Box::new(Node::new(self.generations.clone(), Vec::new())))
    }

    /// Whether all are alive, as remembered until another generation ends: for many keys that are used seldom, each
    /// generation is one more cache line to fetch.
    #[inline]
    pub(crate) fn are_alive(&self) -> bool {
        // Read before the generations: one is counted after it has ended. Read after them, the count could include
        // one that was seen alive.
        let now = ended_generations();
        // mutant: validated-forever
        if self.seen.load(Ordering::Acquire) == now {
            return true;
        }
        let (alive, seen) = match self.node.get() {
            Some(node) => (node.is_alive(), node.seen()),
            // mutant: ended-entry-served
            None => (self.generations.iter().all(AnyGeneration::is_alive), now),
        };
        if alive {
            // mutant: validated-at-later-count
            self.seen.store(seen, Ordering::Release);
        }
        alive
    }

    /// Whether all were alive at `timestamp`: no invalidation that had returned by then has ended one.
    pub(crate) fn lived_at(&self, timestamp: Timestamp) -> bool {
        self.are_alive() || self.all(|generation| generation.lived_at(timestamp))
    }

    /// Whether `is` holds for a group whose invalidation ends one of them.
    pub(crate) fn any_group(&self, mut is: impl FnMut(GroupId) -> bool) -> bool {
        !self.all(|generation| !generation.groups().any(&mut is))
    }

    /// Whether it depends on any group, and not on the content of memos alone.
    pub(crate) fn has_group(&self) -> bool {
        !self.all(AnyGeneration::is_content)
    }

    /// Whether `is` holds for all generations.
    pub(super) fn all(&self, is: impl FnMut(&AnyGeneration) -> bool) -> bool {
        match self.node.get() {
            Some(node) => node.all(is),
            None => self.generations.iter().all(is),
        }
    }
}

impl From<Arc<Node>> for Dependencies {
    fn from(node: Arc<Node>) -> Self {
        let node = OnceBox::with_value(Box::new(node));
        Self { generations: Generations::new(), node, seen: AtomicU64::new(NOT_SEEN) }
    }
}
