//! Generations: when they are taken, when they end, and that they stay ended.

use super::{edit, mutant};
use crate::mutant::Mutant;

pub(super) const LIST: &[Mutant] = &[
    mutant(
        1,
        "Generations are taken after the body, not before",
        &[
            edit("dependencies-taken-late", "self.memo.collect_into(&mut dependencies);", ""),
            edit("dependencies-taken-late-2", "self.groups.collect_into(&mut dependencies);", ""),
            edit(
                "dependencies-taken-late-3",
                "computation.complete::<S>(returned, self.key)",
                "let mut late = DependencySet::new(); self.memo.collect_into(&mut late); self.groups.collect_into(&mut \
             late); computation.frame().note(|dependencies| dependencies.union(&late)); \
             computation.complete::<S>(returned, self.key)",
            ),
        ],
    ),
    mutant(
        1,
        "A generation that is missing when the value is stored counts as fresh",
        &[edit(
            "missing-generation-is-fresh",
            "Dependencies::new(self.generations.clone())",
            "Dependencies::new(self.generations.iter().filter(|g| \
             g.is_alive()).cloned().collect())",
        )],
    ),
    mutant(
        1,
        "The logical clock restarts after four timestamps",
        &[
            edit(
                "clock-restarts",
                "Self(CLOCK.load(Ordering::SeqCst))",
                "Self(CLOCK.load(Ordering::SeqCst) % 4 + 1)",
            ),
            edit(
                "clock-restarts-2",
                "Self(CLOCK.fetch_add(1, Ordering::SeqCst) + 1)",
                "Self((CLOCK.fetch_add(1, Ordering::SeqCst) + 1) % 4 + 1)",
            ),
        ],
    ),
    mutant(
        1,
        "The change count of a model restarts after two invalidations",
        &[edit(
            "model-count-restarts",
            "self.0.fetch_add(1, Ordering::SeqCst);",
            "self.0.fetch_xor(1, Ordering::SeqCst);",
        )],
    ),
    mutant(
        1,
        "The global epoch restarts after two invalidations",
        &[edit(
            "epoch-restarts",
            "EPOCH.invalidations.fetch_add(1, Ordering::SeqCst);",
            "EPOCH.invalidations.fetch_xor(1, Ordering::SeqCst);",
        )],
    ),
    mutant(
        1,
        "An invalidation does not advance the global epoch",
        &[edit("epoch-not-advanced", "EPOCH.invalidations.fetch_add(1, Ordering::SeqCst);", "")],
    ),
    mutant(
        2,
        "A generation that has ended comes back with the next use of its group",
        &[
            edit(
                "generation-comes-back",
                "if let Some(generation) = known.filter(|generation| generation.is_alive()) {",
                "if let Some(generation) = known { generation.revive();",
            ),
            edit(
                "generation-comes-back-2",
                "pub(crate) fn end(&self",
                "pub(crate) fn revive(&self) { self.ended.store(ALIVE, Ordering::SeqCst); } \
             pub(crate) fn end(&self",
            ),
        ],
    ),
    mutant(
        2,
        "A generation that has ended is handed out again",
        &[edit(
            "ended-generation-reused",
            "known.filter(|generation| generation.is_alive())",
            "known.filter(|_| true)",
        )],
    ),
    mutant(
        2,
        "The sweep of the generation table drops generations that entries use",
        &[edit("table-sweeps-used", "if !used {", "let used = false; if false {")],
    ),
    mutant(
        2,
        "The sweep of the generation table drops a generation that is being taken, and does not end it",
        &[edit("table-sweeps-taken", "if !used {", "if false {")],
    ),
    mutant(
        1,
        "A late dependency is accepted, whatever was invalidated since the body began",
        &[edit(
            "late-dependency-accepted",
            "self.tainted |= invalidated > self.since;",
            "let _ = invalidated;",
        )],
    ),
    mutant(
        1,
        "An invalidation looks for the generation before it has written its timestamp",
        &[
            edit("end-before-timestamp", "self.share(hash).advance(timestamp);", ""),
            edit(
                "end-before-timestamp-2",
                "self.changes.increment(); self.ended.add(usize::from(ended));",
                "self.share(hash).advance(timestamp); self.changes.increment(); \
             self.ended.add(usize::from(ended));",
            ),
        ],
    ),
    mutant(
        1,
        "An invalidation that finds no live generation leaves no timestamp",
        &[edit(
            "no-timestamp-without-generation",
            "state.invalidated = state.invalidated.max(timestamp);",
            "if state.live.is_some() { state.invalidated = state.invalidated.max(timestamp); }",
        )],
    ),
    mutant(
        1,
        "The change count of a whole model is forgotten",
        &[edit("whole-model-not-counted", "self.changes.increment();", "")],
    ),
    mutant(
        1,
        "The change count of a keyed group is forgotten",
        &[edit("keyed-not-counted", "self.changes.increment();", "")],
    ),
    mutant(
        1,
        "An invalidation is counted before the generation has ended",
        &[
            edit("counted-before-end", "self.changes.increment();", ""),
            edit(
                "counted-before-end-2",
                "let ended = self.table().end_live(key, hash, timestamp);",
                "self.changes.increment(); let ended = self.table().end_live(key, hash, timestamp);",
            ),
        ],
    ),
    mutant(
        1,
        "The noted sum of the change counts is read after them",
        &[
            edit("sum-read-late", "let seen = self.seen.load(Ordering::Acquire);", ""),
            edit(
                "sum-read-late-2",
                "if seen == sum {",
                "if self.seen.load(Ordering::Acquire) == sum {",
            ),
        ],
    ),
    mutant(
        1,
        "An entry is served although its generations have ended",
        &[edit(
            "ended-entry-served",
            "None => self.generations.iter().all(|generation| generation.is_alive()),",
            "None => true,",
        )],
    ),
    mutant(
        3,
        "The change of a member leaves the whole model alive",
        &[edit("member-spares-model", "invalidation.apply_to_cell(&self.whole);", "")],
    ),
    mutant(
        3,
        "The invalidation of a whole model leaves its members alive",
        &[edit(
            "model-spares-members",
            "fn invalidate_keys(&'static self, invalidation: &mut Invalidation) { invalidation.apply_to_keys(&self.members);",
            "fn invalidate_keys(&'static self, invalidation: &mut Invalidation) {",
        )],
    ),
    mutant(
        3,
        "A change known by one index is not known to wider ones",
        &[edit(
            "wider-index-not-told",
            "(self.narrower)(value, &mut Visitor::Collect(dependencies));",
            "",
        )],
    ),
];
