//! Generations: when they are taken, when they end, and that they stay ended.

use super::{edit, mutant};
use crate::mutant::Mutant;

pub(super) const LIST: &[Mutant] = &[
    mutant(
        1,
        "Generations are taken after the body, not before",
        &[
            edit("dependencies-taken-late", "self.flights.memo.collect_into(dependencies);", ""),
            edit("dependencies-taken-late-2", "self.groups.collect_into(dependencies);", ""),
            edit(
                "dependencies-taken-late-3",
                "computation.complete::<S>(returned, self.key)",
                "let mut late = DependencySet::new(); self.flights.memo.collect_into(&mut late); \
             self.groups.collect_into(&mut late); computation.frame().note(|dependencies| dependencies.union(&late)); \
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
            "self.count.fetch_add(1, Ordering::SeqCst);",
            "self.count.fetch_xor(1, Ordering::SeqCst);",
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
                "pub(super) fn end(&self",
                "pub(super) fn revive(&self) { for flag in [&self.flag, &self.parent.flag] { flag.ended.store(ALIVE, \
             Ordering::SeqCst); } } pub(super) fn end(&self",
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
        &[edit("table-sweeps-used", "generation.is_alive() && holders(generation) > 1", "false")],
    ),
    mutant(
        2,
        "The sweep of the generation table drops a generation that is being taken",
        &[edit("table-sweeps-taken", "holders(generation) > 1", "holders(generation) > 2")],
    ),
    mutant(
        2,
        "A key has two live generations, where two threads begin one at once",
        &[edit(
            "key-lives-twice",
            "if !there.eq(of_hash.iter().map(Arc::as_ptr)) {",
            "if there.count() > of_hash.len() + 64 {",
        )],
    ),
    mutant(
        1,
        "The generation of a key outlives that of all keys",
        &[edit(
            "parent-not-looked-at",
            "self.flag.is_alive() && self.parent.is_alive()",
            "self.flag.is_alive()",
        )],
    ),
    mutant(
        1,
        "The generation of a key counts as alive at a time when all keys had ended",
        &[edit(
            "parent-lived-always",
            "generation.flag.lived_at(timestamp) && generation.parent.flag.lived_at(timestamp)",
            "generation.flag.lived_at(timestamp)",
        )],
    ),
    mutant(
        1,
        "The generation of a key has a parent that no invalidation ends",
        &[edit("parent-of-its-own", "self.whole.live()", "Generation::begin(&self.whole.changes)")],
    ),
    mutant(
        1,
        "The last invalidation of all keys is asked for before the generation is taken",
        &[
            edit(
                "whole-asked-early",
                "let hash = self.hash(key);",
                "let (all_invalidated, all_in_doubt_until) = self.whole.last_invalidated(); let hash = self.hash(key);",
            ),
            edit(
                "whole-asked-early-2",
                "let (all_invalidated, all_in_doubt_until) = self.whole.last_invalidated();",
                "",
            ),
        ],
    ),
    mutant(
        6,
        "A transaction that invalidates all keys reads values of single keys",
        &[edit(
            "parent-untouched",
            "std::iter::once(changes.group()).chain(of_key)",
            "of_key.or_else(|| Some(changes.group())).into_iter()",
        )],
    ),
    mutant(
        1,
        "A value does not depend on the key of its memo",
        &[edit(
            "key-of-memo-not-collected",
            "keys.collect_key_into(&hash, dependencies);",
            "let _ = (keys, hash);",
        )],
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
                "self.whole.changes.increment(); self.ended.add(usize::from(ended));",
                "self.share(hash).advance(timestamp); self.whole.changes.increment(); \
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
        &[edit("keyed-not-counted", "self.whole.changes.increment();", "")],
    ),
    mutant(
        1,
        "An invalidation is counted before the generation has ended",
        &[
            edit("counted-before-end", "self.whole.changes.increment();", ""),
            edit(
                "counted-before-end-2",
                "let ended = self.table().end_live(key, hash, timestamp);",
                "self.whole.changes.increment(); let ended = self.table().end_live(key, hash, timestamp);",
            ),
        ],
    ),
    mutant(
        1,
        "The sum of the change counts is noted, though one of them counts a generation that was seen alive",
        &[edit("sum-noted-early", "if ended_generations() == now { sum } else { 0 };", "sum;")],
    ),
    mutant(
        1,
        "The end of a generation is not counted",
        &[edit("end-not-counted", "EPOCH.ended.fetch_add(1, Ordering::SeqCst);", "")],
    ),
    mutant(
        1,
        "An entry is served although its generations have ended",
        &[edit(
            "ended-entry-served",
            "None => (self.generations.iter().all(AnyGeneration::is_alive), now),",
            "None => (true, now),",
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
