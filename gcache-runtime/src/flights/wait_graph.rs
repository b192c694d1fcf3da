//! Who waits for whom: a wait that would close a circle is refused.
//!
//! Only bodies that lead a flight and wait for another are noted, so the table is empty but for
//! nested waits and for flights that are relieved.
//!
//! A flight goes by the body that began it. Whoever waits for it waits for its reliefs as well, so each of
//! them is noted as one that the first waits for, whatever has become of that.

use crate::context::Frame;
use crate::sync::{Arc, Mutex};
use std::collections::HashMap;

/// Edges from a leading body to the bodies it waits for, by the address of their frames.
static WAITS: Mutex<Waits> = Mutex::new(Waits { edges: None });

#[derive(Debug)]
struct Waits {
    edges: Option<Edges>,
}

type Edges = HashMap<usize, Vec<usize>>;

/// Notes that the bodies of `waiting` and its callers wait for the body of `awaited`, until dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct Wait {
    from: Vec<usize>,
    to: usize,
}

impl Wait {
    /// `None` where waiting could never end, since `awaited` waits for one of the waiting bodies or
    /// is one of them.
    pub(crate) fn begin(waiting: Option<&Arc<Frame>>, awaited: &Arc<Frame>) -> Option<Self> {
        let to = address(awaited);
        let from: Vec<usize> =
            waiting.map(Frame::chain).unwrap_or_default().iter().map(address).collect();
        if from.is_empty() {
            return Some(Self { from, to });
        }
        let mut waits = WAITS.lock();
        let edges = waits.edges.get_or_insert_default();
        if reaches(edges, to, &from) {
            // mutant: circle-waited-for
            return None;
        }
        Some(Self::note(edges, from, to))
    }

    /// Notes that whoever waits for the flight of `first` waits for `relief` as well.
    pub(crate) fn beside(first: &Arc<Frame>, relief: &Arc<Frame>) -> Self {
        let mut waits = WAITS.lock();
        let edges = waits.edges.get_or_insert_default();
        // mutant: relief-wait-unknown
        Self::note(edges, vec![address(first)], address(relief))
    }

    fn note(edges: &mut Edges, from: Vec<usize>, to: usize) -> Self {
        for &body in &from {
            edges.entry(body).or_default().push(to);
        }
        Self { from, to }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if self.from.is_empty() {
            return;
        }
        let mut waits = WAITS.lock();
        let edges = waits.edges.get_or_insert_default();
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

/// Whether the waits that start at `start` lead to one of `goals`.
fn reaches(edges: &Edges, start: usize, goals: &[usize]) -> bool {
    let mut open = vec![start];
    let mut seen = Vec::new();
    while let Some(body) = open.pop() {
        if goals.contains(&body) {
            return true;
        }
        if !seen.contains(&body) {
            seen.push(body);
            open.extend(edges.get(&body).into_iter().flatten());
        }
    }
    false
}

fn address(frame: &Arc<Frame>) -> usize {
    Arc::as_ptr(frame).addr()
}
