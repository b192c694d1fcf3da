//! What a computation depends on, as it is collected.

use super::deadline::Deadline;
use super::dependencies::Dependencies;
use super::doubt;
use super::generation::AnyGeneration;
use super::node::{FEW, Generations, Node};
use crate::clock::Timestamp;
use crate::hashing::QuickHasher;
use crate::links;
use crate::sync::{Arc, AtomicCount, Ordering};
use std::collections::HashSet;
use std::time::Instant;

/// At so many nodes a set looks for those that are listed more than once.
const CROWDED: usize = 256;

/// Generations as they are collected, before and while a body runs, and the nodes of the cached values that it uses.
#[derive(Debug)]
pub struct DependencySet {
    generations: Generations,
    nodes: Vec<Arc<Node>>,
    /// No other set has it; 0 until a node is listed.
    number: u64,
    /// The addresses of the generations, kept once there are too many to scan.
    known: HashSet<usize, QuickHasher>,
    /// When the body began; [`Timestamp::END`] until it does.
    since: Timestamp,
    /// The same as a time, if any group was in doubt then.
    begun: Option<Instant>,
    /// Whether the value may depend on what was invalidated, or on what is never committed.
    tainted: bool,
    deadline: Deadline,
    /// The links that cover what was collected before the body began, as a mask.
    links: u8,
}

impl DependencySet {
    /// For what is collected before the body begins.
    pub(crate) fn new() -> Self {
        Self {
            generations: Generations::new(),
            nodes: Vec::new(),
            number: 0,
            known: HashSet::default(),
            since: Timestamp::END,
            begun: None,
            tainted: false,
            deadline: Deadline::default(),
            links: 0,
        }
    }

    /// For late dependencies, collected while the body of this one runs.
    pub(crate) fn late(&self) -> Self {
        Self { since: self.since, begun: self.begun, ..Self::new() }
    }

    /// From here on the body runs: dependencies that are inserted are late.
    pub(crate) fn body_begins(&mut self) {
        // mutant: doubt-noted-late-2
        self.since = Timestamp::now();
        // After the timestamp: see `doubt.rs`.
        self.begun = doubt::now_if_any();
        // Trust, too, is read after the timestamp: see `insert_current`. And it is read after generations were taken: what
        // is distrusted later ends them.
        // mutant: trust-read-early-2
        let distrusted = links::distrusted();
        if distrusted != 0 {
            self.begun = self.begun.or_else(|| Some(Instant::now()));
            // mutant: distrusted-value-kept
            self.limit(distrusted & self.links);
        }
    }

    /// When the body began.
    pub(crate) fn since(&self) -> Timestamp {
        self.since
    }

    /// Inserts a generation that was alive before the computation that it stands for began, such as one of a nested
    /// hit.
    fn insert(&mut self, generation: AnyGeneration) {
        if self.is_new(&generation) {
            self.generations.push(generation);
        }
    }

    /// Inserts a generation that was alive just now, of a group whose last invalidation was at `invalidated`. If that
    /// was after the body began, the body may have read what the invalidation ended.
    ///
    /// The group is covered by `links`. If one of them is distrusted, a late dependency limits the value. A body that
    /// began while any link was distrusted knows its begin, and gets the deadline. One that began while all were trusted
    /// needs none: distrust came after its timestamp, and then all ended. Either the end comes later than this and finds
    /// the generation, or `invalidated` is its timestamp, which is later than the body's.
    pub(crate) fn insert_current(
        &mut self,
        generation: AnyGeneration,
        invalidated: Timestamp,
        links: u8,
    ) {
        // mutant: late-dependency-accepted
        self.tainted |= invalidated > self.since;
        self.insert(generation);
        self.links |= links;
        if self.since != Timestamp::END {
            // mutant: distrusted-late-dependency-kept
            self.limit(links::distrusted() & links);
        }
    }

    /// Limits the value to the least bound of some `links`, which are distrusted, from the begin of the body.
    fn limit(&mut self, links: u8) {
        if links != 0
            && let Some(begun) = self.begun
        {
            self.deadline.give_until(begun + links::bound(links));
        }
    }

    /// From when the computation counts, if any group may be in doubt: now, where the body has not begun. To be
    /// asked after the generation was collected.
    pub(crate) fn begun(&self) -> Option<Instant> {
        // mutant: late-dependency-no-doubt
        if self.since == Timestamp::END { doubt::now_if_any() } else { self.begun }
    }

    /// Notes that a group, collected just now by a computation that counts from `begun`, is or was in doubt.
    pub(crate) fn doubt(&mut self, begun: Instant, until: Instant) {
        // mutant: doubt-counted-late
        if let Some(deadline) = doubt::deadline(begun, until) {
            self.deadline.give_until(deadline);
        }
    }

    /// Applies the deadline of a value that was used.
    pub(crate) fn inherit(&mut self, deadline: Deadline) {
        self.deadline.inherit(deadline);
    }

    /// Says that the value may be kept until `moment` at most.
    pub(crate) fn keep_until(&mut self, moment: Option<Instant>) {
        self.deadline.keep_until(moment);
    }

    /// Until when the value may be used.
    pub(crate) fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// Lists the node of a cached value that the body used.
    pub(crate) fn list(&mut self, node: &Arc<Node>) {
        if self.number == 0 {
            static SETS: AtomicCount = AtomicCount::new(0);
            self.number = 1 + SETS.fetch_add(1, Ordering::Relaxed);
        }
        if node.note_listed(self.number) {
            if self.nodes.len() == self.nodes.capacity() && self.nodes.len() >= CROWDED {
                self.thin_out();
            }
            self.nodes.push(Arc::clone(node));
        }
    }

    /// Takes out the nodes that are listed more than once, and makes room for as many again as are left.
    #[cold]
    fn thin_out(&mut self) {
        self.nodes.sort_unstable_by_key(|node| Arc::as_ptr(node).addr());
        self.nodes.dedup_by(|a, b| Arc::ptr_eq(a, b));
        self.nodes.reserve(self.nodes.len());
    }

    /// Adds what was collected as [`late`](Self::late) dependencies, with its deadline and its taint.
    pub(crate) fn union(&mut self, late: &Self) {
        late.generations.iter().for_each(|generation| self.insert(generation.clone()));
        late.nodes.iter().for_each(|node| self.list(node));
        self.take_over(late.deadline, late.tainted.then_some(late.since));
    }

    /// Takes over the deadline of a computation that it depends on, and its taint, as a set of it says.
    pub(crate) fn take_over(&mut self, deadline: Deadline, tainted_since: Option<Timestamp>) {
        // mutant: nested-deadline-lost-2
        self.deadline.inherit(deadline);
        if let Some(since) = tainted_since {
            self.tainted = true;
            self.since = self.since.min(since);
        }
    }

    /// All that was collected, as one node, which takes the place of the lists.
    pub(crate) fn node(&mut self) -> Arc<Node> {
        if self.generations.is_empty()
            && let [node] = &self.nodes[..]
        {
            return Arc::clone(node);
        }
        self.known = HashSet::default();
        let nodes = std::mem::take(&mut self.nodes);
        let node = Node::new(std::mem::take(&mut self.generations), nodes);
        self.list(&node);
        node
    }

    /// Taints the value: it may depend on what is never committed, and is neither stored nor given to a waiter.
    pub(crate) fn taint(&mut self) {
        self.tainted = true;
        self.since = Timestamp::NEVER;
    }

    /// Since when the body has run, if the value is tainted.
    pub(crate) fn tainted_since(&self) -> Option<Timestamp> {
        self.tainted.then_some(self.since)
    }

    /// Whether a late dependency was invalidated after the body began, or the value was tainted otherwise.
    pub(crate) fn is_tainted(&self) -> bool {
        self.tainted
    }

    /// The generations and nodes, if other processes may have the value: it may neither be outdated nor be limited by a
    /// doubt that they do not know of.
    pub(crate) fn shareable(&self) -> Option<(Generations, Vec<Arc<Node>>)> {
        let is_certain = !self.tainted && !self.deadline.is_doubtful();
        is_certain.then(|| (self.generations.clone(), self.nodes.clone()))
    }

    pub(crate) fn are_alive(&self) -> bool {
        self.generations.iter().all(AnyGeneration::is_alive)
            && self.nodes.iter().all(|node| node.is_alive())
    }

    /// What a value depends on that is computed under this, and `is_used` by the body of another already or not.
    pub(crate) fn dependencies(&mut self, is_used: bool) -> Dependencies {
        if is_used || !self.nodes.is_empty() {
            return self.node().into();
        }
        // mutant: missing-generation-is-fresh
        Dependencies::new(self.generations.clone())
    }

    fn is_new(&mut self, generation: &AnyGeneration) -> bool {
        // The generations that nearly everything which a body uses has in common come first.
        if self.generations.iter().take(FEW).any(|known| known.address() == generation.address()) {
            return false;
        }
        if self.generations.len() < FEW {
            return true;
        }
        if self.known.is_empty() {
            self.known.extend(self.generations.iter().map(AnyGeneration::address));
        }
        self.known.insert(generation.address())
    }
}
