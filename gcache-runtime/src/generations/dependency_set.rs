//! What a computation rests on, as it is collected.

use crate::clock::Timestamp;
use crate::generations::deadline::Deadline;
use crate::generations::doubt;
use crate::generations::generation::{Dependencies, FEW, Generation};
use crate::hashing::QuickHasher;
use crate::sync::Arc;
use smallvec::SmallVec;
use std::collections::HashSet;
use std::time::Instant;

/// Generations as they are collected, before and while a body runs.
#[derive(Clone, Debug)]
pub struct DependencySet {
    generations: SmallVec<[Arc<Generation>; 3]>,
    /// The addresses of the generations, kept once there are too many to scan.
    known: HashSet<usize, QuickHasher>,
    /// When the body began; [`Timestamp::END`] until it does.
    since: Timestamp,
    /// The same as a time, if any group was in doubt then.
    begun: Option<Instant>,
    outdated: bool,
    deadline: Deadline,
}

impl DependencySet {
    /// For what is collected before the body begins.
    pub(crate) fn new() -> Self {
        Self {
            generations: SmallVec::new(),
            known: HashSet::default(),
            since: Timestamp::END,
            begun: None,
            outdated: false,
            deadline: Deadline::default(),
        }
    }

    /// For what is collected while the body of this one runs.
    pub(crate) fn late(&self) -> Self {
        Self { since: self.since, begun: self.begun, ..Self::new() }
    }

    /// From here on the body runs: what is added was learned late.
    pub(crate) fn body_begins(&mut self) {
        // mutant: doubt-noted-late-2
        self.since = Timestamp::now();
        // After the timestamp: see `doubt.rs`.
        self.begun = doubt::now_if_any();
    }

    /// When the body began.
    pub(crate) fn since(&self) -> Timestamp {
        self.since
    }

    /// Adds a generation that was alive before the computation that it stands for began, such as
    /// one of a nested hit.
    pub(crate) fn add(&mut self, generation: &Arc<Generation>) {
        if self.is_new(generation) {
            self.generations.push(Arc::clone(generation));
        }
    }

    /// Adds a generation taken just now, of a group that was last invalidated at `invalidated`: if that was
    /// after the body began, the body may have read what the invalidation ended.
    pub(crate) fn add_taken(&mut self, generation: &Arc<Generation>, invalidated: Timestamp) {
        // mutant: late-dependency-accepted
        self.outdated |= invalidated > self.since;
        self.add(generation);
    }

    /// When what is being taken counts from, if doubts are any matter to it: a body that has not begun is to
    /// begin now. To be asked after the generation was taken.
    pub(crate) fn begun(&self) -> Option<Instant> {
        // mutant: late-dependency-no-doubt
        if self.since == Timestamp::END { doubt::now_if_any() } else { self.begun }
    }

    /// Notes that a group, taken just now by a computation that counts from `begun`, is or was in doubt.
    pub(crate) fn doubt(&mut self, begun: Instant, until: Instant) {
        // mutant: doubt-counted-late
        if let Some(deadline) = doubt::deadline(begun, until) {
            self.deadline.give_until(deadline);
        }
    }

    /// Adds the deadline of something that was used.
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

    /// Adds all that a nested computation depends on.
    pub(crate) fn add_all(&mut self, dependencies: &Dependencies) {
        dependencies.iter().for_each(|generation| self.add(generation));
    }

    /// Adds all that `inner` has collected, and its doubts.
    pub(crate) fn absorb(&mut self, inner: &Self) {
        inner.generations.iter().for_each(|generation| self.add(generation));
        // mutant: nested-deadline-lost-2
        self.deadline.inherit(inner.deadline);
        self.outdated |= inner.outdated;
        if inner.outdated {
            self.since = self.since.min(inner.since);
        }
    }

    /// Says that the value may rest on what is never committed, and serves nobody who waits.
    pub(crate) fn outdate(&mut self) {
        self.outdated = true;
        self.since = Timestamp::NEVER;
    }

    /// Whether something was invalidated, after the body began, that it was then found to depend on.
    pub(crate) fn is_outdated(&self) -> bool {
        self.outdated
    }

    pub(crate) fn are_alive(&self) -> bool {
        self.generations.iter().all(|generation| generation.is_alive())
    }

    pub(crate) fn dependencies(&self) -> Dependencies {
        // mutant: missing-generation-is-fresh
        Dependencies::new(self.generations.clone())
    }

    fn is_new(&mut self, generation: &Arc<Generation>) -> bool {
        // Those that nearly all of what a body uses has in common come first.
        if self.generations.iter().take(FEW).any(|known| Arc::ptr_eq(known, generation)) {
            return false;
        }
        if self.generations.len() < FEW {
            return true;
        }
        if self.known.is_empty() {
            self.known.extend(self.generations.iter().map(|known| Arc::as_ptr(known).addr()));
        }
        self.known.insert(Arc::as_ptr(generation).addr())
    }
}
