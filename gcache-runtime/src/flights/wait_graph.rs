//! The wait-for graph: which body waits for which. A wait that would close a circle is refused.
//!
//! A node is the frame of a body. Only bodies that compute and wait for a flight have edges, so the graph is empty
//! but for nested waits and for flights that are relieved.
//!
//! The node of a flight is its leader's. Each relief has an edge from there, since a call that waits for the
//! flight waits for its reliefs as well, whatever has become of the leader.

use crate::context::Frame;
use crate::sync::{Arc, Mutex};
use std::collections::{BTreeMap, BTreeSet};

/// From a body to the bodies that it waits for, by the address of their frames.
type Edges = BTreeMap<usize, Vec<usize>>;

static GRAPH: Mutex<Edges> = Mutex::new(BTreeMap::new());

/// Edges from bodies that wait to the one that they wait for, until dropped.
#[derive(Debug)]
#[must_use]
pub(super) struct WaitEdge {
    from: Vec<usize>,
    to: usize,
}

/// The body of `waiting`, and those that wait for it.
fn bodies(waiting: Option<&Arc<Frame>>) -> Vec<usize> {
    let waiting = waiting.map(Frame::chain).unwrap_or_default();
    waiting.iter().map(|frame| frame.address()).collect()
}

impl WaitEdge {
    /// From the body of `waiting` and its callers to that of `awaited`; `None` where waiting could never end:
    /// `awaited` waits for one of the waiting bodies, or is one of them.
    pub(super) fn begin<F: ?Sized>(
        waiting: Option<&Arc<Frame>>,
        awaited: &Frame<F>,
    ) -> Option<Self> {
        let to = awaited.address();
        let from = bodies(waiting);
        if from.is_empty() {
            return Some(Self { from, to });
        }
        let mut edges = GRAPH.lock();
        if reaches(&edges, to, &from) {
            // mutant: circle-waited-for
            return None;
        }
        Some(Self::add(&mut edges, from, to))
    }

    /// Whether it begins at other bodies than that of `waiting` and its callers.
    pub(super) fn is_of_others(&self, waiting: Option<&Arc<Frame>>) -> bool {
        self.from != bodies(waiting)
    }

    /// From the leader of a flight to its `relief`.
    pub(super) fn beside<F: ?Sized>(leader: &Frame<F>, relief: &Frame) -> Self {
        // mutant: relief-wait-unknown
        Self::add(&mut GRAPH.lock(), vec![leader.address()], relief.address())
    }

    fn add(edges: &mut Edges, from: Vec<usize>, to: usize) -> Self {
        for &body in &from {
            edges.entry(body).or_default().push(to);
        }
        Self { from, to }
    }
}

impl Drop for WaitEdge {
    fn drop(&mut self) {
        if self.from.is_empty() {
            return;
        }
        let mut edges = GRAPH.lock();
        for body in &self.from {
            let Some(awaited) = edges.get_mut(body) else {
                continue;
            };
            if let Some(at) = awaited.iter().position(|&to| to == self.to) {
                awaited.swap_remove(at);
            }
            if awaited.is_empty() {
                edges.remove(body);
            }
        }
    }
}

/// Whether the edges that start at `start` reach one of `goals`.
fn reaches(edges: &Edges, start: usize, goals: &[usize]) -> bool {
    let mut open = vec![start];
    // A body may wait for thousands side by side.
    let mut seen = BTreeSet::new();
    while let Some(body) = open.pop() {
        if goals.contains(&body) {
            return true;
        }
        if seen.insert(body) {
            open.extend(edges.get(&body).into_iter().flatten());
        }
    }
    false
}
