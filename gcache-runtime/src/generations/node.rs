//! What a cached value depends on, as the values that were made of it share it.
//!
//! An entry refers to the nodes of the cached values that its body used, and copies none of their generations. So
//! entries form a graph, which may be as deep as any chain of calls: nothing here recurses. A node remembers until
//! when all below it was seen alive, or that it has ended. So after an invalidation each node is looked at once, by
//! whichever entry comes first.

use super::generation::{AnyGeneration, ChangeCount, ended_generations};
use crate::hashing::QuickHasher;
use crate::sync::{Arc, AtomicCount, AtomicU64, OnceLock, Ordering};
use smallvec::{SmallVec, smallvec};
use std::collections::HashSet;

/// What one computation depends on: its own generations, and the nodes of the cached values that it used.
#[derive(Debug)]
pub(crate) struct Node {
    generations: Generations,
    /// Where there are nodes below, or more generations than [`FEW`].
    many: Option<Box<Many>>,
    /// The count of [`ended_generations`] at which any thread last saw all alive, its own and those below;
    /// [`NOT_SEEN`], or [`ENDED`] for good.
    seen: AtomicU64,
    /// The number of the last dependency set that has listed it.
    listed_by: AtomicCount,
}

/// Mostly two: a member's, and that of the memo's content.
pub(crate) type Generations = SmallVec<[AnyGeneration; 2]>;

/// Up to this many generations, and no nodes, are looked at one by one. Beyond them the sum of their change counts is
/// compared first.
///
/// Without the sum, the first hit after an invalidation of any other group walks all generations: with 1,000 of them
/// it takes 395 ns and not 7 ns, warm in the processor's cache.
pub(crate) const FEW: usize = 8;

/// Less than any count of ended generations.
pub(super) const NOT_SEEN: u64 = 0;

const ENDED: u64 = u64::MAX;

#[derive(Debug)]
struct Many {
    nodes: Box<[Arc<Node>]>,
    /// The distinct change counts of all generations, its own and those below. Gathered when it is looked at for the
    /// second time: there have been invalidations in between.
    changes: OnceLock<Box<[&'static ChangeCount]>>,
    /// The sum of the counts, plus one, at which all generations were last seen alive; 0: never. Counts only grow,
    /// so an equal sum means that none has changed.
    sum: AtomicU64,
}

/// What is known of a node before those below it are looked at.
enum Found<'a> {
    Alive,
    Ended,
    Open(Step<'a>),
}

/// A node on the way down.
struct Step<'a> {
    node: &'a Node,
    many: &'a Many,
    below: std::slice::Iter<'a, Arc<Node>>,
    /// The sum to note if all are alive; 0: none.
    sum: u64,
}

impl Node {
    pub(super) fn new(generations: Generations, nodes: Vec<Arc<Self>>) -> Arc<Self> {
        let is_large = !nodes.is_empty() || generations.len() > FEW;
        let many = is_large.then(|| {
            let nodes = nodes.into_boxed_slice();
            Box::new(Many { nodes, changes: OnceLock::new(), sum: AtomicU64::new(0) })
        });
        let (seen, listed_by) = (AtomicU64::new(NOT_SEEN), AtomicCount::new(0));
        Arc::new(Self { generations, many, seen, listed_by })
    }

    /// Notes that the set of this number lists it, and says whether that is new. Two sets at once may each be told
    /// more than once that it is.
    pub(super) fn note_listed(&self, number: u64) -> bool {
        // mutant: nested-use-not-listed
        let new = self.listed_by.load(Ordering::Relaxed) != number;
        if new {
            self.listed_by.store(number, Ordering::Relaxed);
        }
        new
    }

    fn below(&self) -> &[Arc<Self>] {
        self.many.as_ref().map_or(&[], |many| &many.nodes)
    }

    /// Whether all generations are alive, its own and those of all nodes below, as remembered until another ends.
    pub(super) fn is_alive(&self) -> bool {
        let unchanged = |many: &Many| {
            // It was noted while no generation had ended that this thread may know of: see `look`. So each count is read
            // later here than there, and an equal sum is the sum of equal counts.
            let noted = many.sum.load(Ordering::Acquire);
            let sum = many.sum();
            noted == sum && sum != 0
        };
        // Read before the generations: one is counted after it has ended, so a look after this count finds it ended.
        let now = ended_generations();
        match self.recall(now) {
            Some(alive) => alive,
            // Not remembered: the counts may lack a generation that has ended just now.
            None => self.many.as_deref().is_some_and(unchanged) || self.walk(now),
        }
    }

    /// When it was last seen alive, if ever.
    pub(super) fn seen(&self) -> u64 {
        self.seen.load(Ordering::Acquire)
    }

    /// What is remembered.
    fn recall(&self, now: u64) -> Option<bool> {
        match self.seen() {
            ENDED => Some(false),
            // mutant: node-seen-forever
            seen if seen >= now => Some(true),
            _ => None,
        }
    }

    fn walk(&self, now: u64) -> bool {
        let mut path = SmallVec::<[Step<'_>; 4]>::new();
        let mut node = self;
        loop {
            match node.look(now) {
                Found::Alive => {}
                Found::Open(step) => path.push(step),
                Found::Ended => {
                    // Each of them depends on it. Without the note, a sweep of a chain that has ended would walk it
                    // for each entry.
                    path.iter().for_each(|step| step.node.seen.store(ENDED, Ordering::Release));
                    return false;
                }
            }
            // Those below come before those above: a node that two others use is looked at once.
            node = loop {
                let Some(step) = path.last_mut() else { return true };
                // mutant: node-below-not-looked-at
                if let Some(below) =
                    step.below.find(|below| below.many.is_some() || !below.is_leaf_alive(now))
                {
                    break below;
                }
                step.note_alive(now);
                path.pop();
            };
        }
    }

    /// Whether all generations of a node are alive that has few, and nothing below. Most are such, and want no place on
    /// the way down.
    fn is_leaf_alive(&self, now: u64) -> bool {
        self.recall(now).unwrap_or_else(|| {
            // mutant: ended-node-served-2
            let alive = self.generations.iter().all(AnyGeneration::is_alive);
            // mutant: node-noted-later
            self.seen.store(if alive { now } else { ENDED }, Ordering::Release);
            alive
        })
    }

    /// Looks at what is remembered, and at the node's own generations.
    fn look(&self, now: u64) -> Found<'_> {
        let Some(many) = &self.many else {
            return if self.is_leaf_alive(now) { Found::Alive } else { Found::Ended };
        };
        match self.recall(now) {
            Some(true) => return Found::Alive,
            Some(false) => return Found::Ended,
            None => {}
        }
        // Before the generations, its own and those below.
        let sum = many.sum();
        // The sum may count what has ended after `now`, and those below may have been seen alive before that.
        // mutant: sum-noted-early
        let sum = if ended_generations() == now { sum } else { 0 };
        // mutant: ended-node-served
        if !self.generations.iter().all(AnyGeneration::is_alive) {
            self.seen.store(ENDED, Ordering::Release);
            return Found::Ended;
        }
        Found::Open(Step { node: self, many, below: many.nodes.iter(), sum })
    }

    /// Whether `is` holds for all generations, its own and those of all nodes below.
    pub(crate) fn all(&self, mut is: impl FnMut(&AnyGeneration) -> bool) -> bool {
        let mut known = HashSet::<usize, QuickHasher>::default();
        let mut rest: SmallVec<[&Self; 8]> = smallvec![self];
        while let Some(node) = rest.pop() {
            if !node.generations.iter().all(&mut is) {
                return false;
            }
            // mutant: transaction-looks-at-own
            let below = node.below().iter();
            rest.extend(below.map(|node| &**node).filter(|node| known.insert(node.address())));
        }
        true
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

impl Step<'_> {
    /// Notes that the node is alive, and all below it.
    fn note_alive(&self, now: u64) {
        if self.sum != 0 {
            self.many.sum.store(self.sum, Ordering::Release);
        }
        let seen = &self.node.seen;
        if seen.load(Ordering::Relaxed) != NOT_SEEN && self.many.changes.get().is_none() {
            self.many.gather(&self.node.generations);
        }
        // mutant: node-noted-later-2
        seen.store(now, Ordering::Release);
    }
}

impl Many {
    /// The sum of the change counts, plus one; 0 where they are not gathered yet.
    fn sum(&self) -> u64 {
        let sum =
            |changes: &[&ChangeCount]| 1 + changes.iter().map(|count| count.count()).sum::<u64>();
        self.changes.get().map_or(0, |changes| sum(changes))
    }

    /// Gathers the change counts, unless a node below has yet to gather its own.
    fn gather(&self, generations: &Generations) {
        let mut known = HashSet::<_, QuickHasher>::default();
        let mut changes = Vec::new();
        let mut add = |count: &'static ChangeCount| {
            if known.insert(std::ptr::from_ref(count)) {
                changes.push(count);
            }
        };
        generations.iter().map(AnyGeneration::changes).for_each(&mut add);
        for node in &self.nodes {
            match &node.many {
                None => node.generations.iter().map(AnyGeneration::changes).for_each(&mut add),
                Some(many) => match many.changes.get() {
                    Some(changes) => changes.iter().copied().for_each(&mut add),
                    None => return,
                },
            }
        }
        // Another thread may have gathered the same.
        let _ = self.changes.set(changes.into_boxed_slice());
    }
}

/// A chain of calls may be longer than a stack is deep.
impl Drop for Node {
    fn drop(&mut self) {
        let nodes =
            |many: Option<Box<Many>>| many.map_or_else(Vec::new, |many| many.nodes.into_vec());
        let mut rest = nodes(self.many.take());
        while let Some(node) = rest.pop() {
            if let Some(mut node) = Arc::into_inner(node) {
                rest.append(&mut nodes(node.many.take()));
            }
        }
    }
}

#[cfg(all(test, not(gcache_model)))]
mod tests {
    use super::{ENDED, Generations, NOT_SEEN, Node};
    use crate::clock::Timestamp;
    use crate::generations::generation::{AnyGeneration, ChangeCount, Generation};
    use crate::sync::Arc;

    static CHANGES: ChangeCount = ChangeCount::new();

    fn generation() -> Arc<Generation> {
        Generation::begin(&CHANGES)
    }

    fn end(generation: &Generation) {
        generation.end(Timestamp::next());
        CHANGES.increment();
    }

    fn node(generation: &Arc<Generation>, below: Vec<Arc<Node>>) -> Arc<Node> {
        let own: Generations =
            [AnyGeneration::OfCell(Arc::clone(generation))].into_iter().collect();
        Node::new(own, below)
    }

    /// How many generations are looked at.
    fn count(node: &Node) -> usize {
        let mut count = 0;
        node.all(|_| {
            count += 1;
            true
        });
        count
    }

    /// The top first.
    fn chain(bottom: &Arc<Generation>, levels: usize) -> Vec<Arc<Node>> {
        let mut nodes = vec![node(bottom, Vec::new())];
        for _ in 1..levels {
            let below = Arc::clone(&nodes[nodes.len() - 1]);
            nodes.push(node(&generation(), vec![below]));
        }
        nodes.reverse();
        nodes
    }

    #[test]
    fn a_chain_may_be_deeper_than_a_stack() {
        let bottom = generation();
        let mut nodes = chain(&bottom, 100_000);
        let top = nodes.swap_remove(0);
        drop(nodes);
        assert!(top.is_alive());
        end(&generation());
        assert!(top.is_alive() && top.is_alive(), "another generation");
        assert_eq!(count(&top), 100_000);
        end(&bottom);
        assert!(!top.is_alive());
    }

    #[test]
    fn what_two_nodes_use_is_looked_at_once() {
        let bottom = generation();
        let mut below = vec![node(&bottom, Vec::new())];
        // There are 2^60 ways down.
        for _ in 0..60 {
            below = (0..2).map(|_| node(&generation(), below.clone())).collect();
        }
        let top = node(&generation(), below);
        for _ in 0..4 {
            assert!(top.is_alive());
            end(&generation());
        }
        assert_eq!(count(&top), 122);
        end(&bottom);
        assert!(!top.is_alive());
    }

    #[test]
    fn a_look_is_noted_for_all_below() {
        let bottom = generation();
        let nodes = chain(&bottom, 10);
        assert!(nodes.iter().all(|node| node.seen() == NOT_SEEN));
        assert!(nodes[3].is_alive());
        assert!(nodes[..3].iter().all(|node| node.seen() == NOT_SEEN));
        assert!(nodes[3..].iter().all(|node| node.seen() != NOT_SEEN));
        end(&bottom);
        assert!(!nodes[0].is_alive());
        assert!(nodes.iter().all(|node| node.seen() == ENDED));
    }

    /// The sum of the change counts is gathered at the second look, and noted at the third.
    #[test]
    fn a_sum_that_has_not_changed_stands_for_all_below() {
        static ELSEWHERE: ChangeCount = ChangeCount::new();
        static HERE: ChangeCount = ChangeCount::new();
        let here = || Generation::begin(&HERE);
        let parts: Vec<_> = (0..100).map(|_| node(&here(), Vec::new())).collect();
        let page = node(&here(), parts.clone());
        let elsewhere = || {
            Generation::begin(&ELSEWHERE).end(Timestamp::next());
            ELSEWHERE.increment();
        };
        // A look notes no sum where another test ends a generation meanwhile.
        while page.many.as_ref().is_none_or(|many| many.sum.load(super::Ordering::Relaxed) == 0) {
            assert!(page.is_alive());
            elsewhere();
        }
        let seen = parts[50].seen();
        elsewhere();
        assert!(page.is_alive());
        assert_eq!(parts[50].seen(), seen, "it was looked at");
        HERE.increment();
        assert!(page.is_alive());
        assert_ne!(parts[50].seen(), seen, "it was not looked at");
    }
}
