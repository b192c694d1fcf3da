//! A graph of functions that call each other, and those who call them.

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{RngExt as _, SeedableRng as _};

/// How many functions there are.
pub(super) const NODES: usize = 8;

/// A graph without circles: a function calls some that stand after it.
#[derive(Clone, Debug)]
pub(super) struct Graph {
    /// Tells it from all others.
    pub(super) number: u64,
    pub(super) nodes: Vec<Node>,
    pub(super) callers: Vec<Caller>,
    /// Whether bodies fail and invalidate at random.
    pub(super) is_troubled: bool,
}

/// A function: which others it calls, and how.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) calls: Vec<usize>,
    /// How a body does it that runs on a thread.
    pub(super) way: Way,
    /// How a body does it that is a future.
    pub(super) async_way: AsyncWay,
}

/// How a body that runs on a thread calls others.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// One after the other.
    InTurn,
    /// The two halves of them by `rayon::join`.
    Join,
    /// Each in a `rayon::scope`.
    Scope,
    /// One after the other, and takes other work up before each.
    Yield,
}

/// How a future calls others.
#[derive(Clone, Copy, Debug)]
pub(super) enum AsyncWay {
    /// One after the other.
    InTurn,
    /// All at once.
    Join,
    /// In a buffered stream, whose consumer calls them once more.
    Buffered,
}

/// Who calls a function.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller {
    pub(super) node: usize,
    pub(super) kind: Kind,
}

/// Where a call is made.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// On a worker of the pool.
    Worker,
    /// On a thread of its own.
    Thread,
    /// In a task of an executor.
    Task,
}

impl Graph {
    /// The graph of this seed and number.
    pub(super) fn random(seed: u64, number: u64) -> Self {
        let rng = &mut StdRng::seed_from_u64(seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let nodes = (0..NODES).map(|node| Node::random(rng, node)).collect();
        let callers = (0..rng.random_range(2..24)).map(|_| Caller::random(rng)).collect();
        Self { number, nodes, callers, is_troubled: rng.random_bool(0.3) }
    }

    /// What a function returns.
    pub(super) fn value(&self, node: usize) -> u64 {
        let called = self.nodes[node].calls.iter().map(|called| self.value(*called));
        combine(node, called)
    }
}

/// What a function makes of what those return that it calls.
pub(super) fn combine(node: usize, called: impl Iterator<Item = u64>) -> u64 {
    let begin = node as u64 + 1;
    called.fold(begin, |value, called| value.wrapping_mul(31).wrapping_add(called))
}

impl Node {
    fn random(rng: &mut StdRng, node: usize) -> Self {
        let mut after: Vec<usize> = (node + 1..NODES).collect();
        after.shuffle(rng);
        let most = after.len().min(3);
        after.truncate(if most == 0 { 0 } else { rng.random_range(0..=most) });
        let ways = [Way::InTurn, Way::Join, Way::Join, Way::Scope, Way::Yield];
        let async_ways = [AsyncWay::InTurn, AsyncWay::Join, AsyncWay::Buffered];
        Self {
            calls: after,
            way: *ways.choose(rng).expect("there are some"),
            async_way: *async_ways.choose(rng).expect("there are some"),
        }
    }
}

impl Caller {
    fn random(rng: &mut StdRng) -> Self {
        // Mostly the first, which call the most.
        let node = rng.random_range(0..NODES).min(rng.random_range(0..NODES));
        let kinds = [Kind::Worker, Kind::Worker, Kind::Thread, Kind::Task];
        Self { node, kind: *kinds.choose(rng).expect("there are some") }
    }
}
