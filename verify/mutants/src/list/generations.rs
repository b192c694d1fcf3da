//! Generations: when they are taken, when they end, and that they stay ended.

use super::{edit, mutant};
use crate::mutant::Mutant;

const CALL: &str = "gcache-runtime/src/call.rs";
const BASIS: &str = "gcache-runtime/src/generations/dependency_set.rs";
const CLOCK: &str = "gcache-runtime/src/clock.rs";
const FAMILY: &str = "gcache-runtime/src/generations/keyed.rs";
const GENERATION: &str = "gcache-runtime/src/generations/generation.rs";
const INDEX: &str = "gcache-runtime/src/groups/index.rs";
const LEDGER: &str = "gcache-runtime/src/generations/model.rs";
const ROLL: &str = "gcache-runtime/src/generations/table.rs";
const SLOT: &str = "gcache-runtime/src/generations/cell.rs";

pub(super) const LIST: &[Mutant] = &[
    mutant(
        1,
        "generations are taken after the body, not before",
        &[
            edit(CALL, "            self.memo.take(&mut basis);\n", ""),
            edit(CALL, "            self.groups.take(&mut basis);\n", ""),
            edit(
                CALL,
                "                    return lead.land",
                "                    let mut late = Basis::new();
                    self.memo.take(&mut late);
                    self.groups.take(&mut late);
                    lead.frame().note(|basis| basis.absorb(&late));
                    return lead.land",
            ),
            edit(
                CALL,
                "        lead.land::<S>(returned, self.key)\n",
                "        let mut late = Basis::new();
        self.memo.take(&mut late);
        self.groups.take(&mut late);
        lead.frame().note(|basis| basis.absorb(&late));
        lead.land::<S>(returned, self.key)\n",
            ),
        ],
    ),
    mutant(
        1,
        "a generation that is missing when the value is stored counts as fresh",
        &[edit(
            BASIS,
            "Dependencies::new(self.generations.clone())",
            "Dependencies::new(self.generations.iter().filter(|g| g.is_alive()).cloned().collect())",
        )],
    ),
    mutant(
        1,
        "the bump clock restarts after four ticks",
        &[
            edit(
                CLOCK,
                "Self(CLOCK.load(Ordering::SeqCst))",
                "Self(CLOCK.load(Ordering::SeqCst) % 4 + 1)",
            ),
            edit(
                CLOCK,
                "Self(CLOCK.fetch_add(1, Ordering::SeqCst) + 1)",
                "Self((CLOCK.fetch_add(1, Ordering::SeqCst) + 1) % 4 + 1)",
            ),
        ],
    ),
    mutant(
        1,
        "the pulse of a ledger restarts after two beats",
        &[edit(
            GENERATION,
            "self.0.fetch_add(1, Ordering::SeqCst);",
            "self.0.fetch_xor(1, Ordering::SeqCst);",
        )],
    ),
    mutant(
        1,
        "the pulse of everything restarts after two beats",
        &[edit(
            GENERATION,
            "EVERYTHING.bumps.fetch_add(1, Ordering::SeqCst);",
            "EVERYTHING.bumps.fetch_xor(1, Ordering::SeqCst);",
        )],
    ),
    mutant(
        1,
        "a bump is not counted among everything",
        &[edit(GENERATION, "        EVERYTHING.bumps.fetch_add(1, Ordering::SeqCst);\n", "")],
    ),
    mutant(
        2,
        "a generation that has ended comes back with the next use of its group",
        &[
            edit(
                ROLL,
                "if let Some(generation) = known.filter(|generation| generation.is_alive()) {",
                "if let Some(generation) = known {
                generation.revive();",
            ),
            edit(
                GENERATION,
                "    /// Ends it, and says whether this call did.",
                "    pub(crate) fn revive(&self) {
        self.ended.store(ALIVE, Ordering::SeqCst);
    }

    /// Ends it, and says whether this call did.",
            ),
        ],
    ),
    mutant(
        2,
        "a generation that has ended is handed out again",
        &[edit(ROLL, "known.filter(|generation| generation.is_alive())", "known.filter(|_| true)")],
    ),
    mutant(
        2,
        "the sweep of the roll drops what entries use",
        &[edit(ROLL, "    if !used {", "    let used = false;\n    if false {")],
    ),
    mutant(
        2,
        "the sweep of the roll drops what is being taken, and does not end it",
        &[edit(ROLL, "    if !used {", "    if false {")],
    ),
    mutant(
        1,
        "a late dependency is accepted, whatever was bumped since the body began",
        &[edit(BASIS, "self.outdated |= bumped > self.since;", "let _ = bumped;")],
    ),
    mutant(
        1,
        "a bump looks for the generation before its tick is written",
        &[
            edit(FAMILY, "        self.share(hash).advance(tick);\n", ""),
            edit(
                FAMILY,
                "        self.pulse.beat();\n        self.ended.add(usize::from(ended));",
                "        self.share(hash).advance(tick);
        self.pulse.beat();
        self.ended.add(usize::from(ended));",
            ),
        ],
    ),
    mutant(
        1,
        "a bump that finds nothing alive leaves no tick",
        &[edit(
            SLOT,
            "state.bumped = state.bumped.max(tick);",
            "if state.living.is_some() {\n            state.bumped = state.bumped.max(tick);\n        }",
        )],
    ),
    mutant(
        1,
        "the pulse of a whole model is forgotten",
        &[edit(SLOT, "        self.pulse.beat();\n", "")],
    ),
    mutant(
        1,
        "the pulse of a family is forgotten",
        &[edit(FAMILY, "        self.pulse.beat();\n", "")],
    ),
    mutant(
        1,
        "the pulse beats before the generation ends",
        &[
            edit(FAMILY, "        self.pulse.beat();\n", ""),
            edit(
                FAMILY,
                "        let ended = self.roll().end(key, hash, tick);",
                "        self.pulse.beat();\n        let ended = self.roll().end(key, hash, tick);",
            ),
        ],
    ),
    mutant(
        1,
        "the noted sum of the pulses is read after them",
        &[
            edit(GENERATION, "        let seen = self.seen.load(Ordering::Acquire);\n", ""),
            edit(GENERATION, "if seen == sum {", "if self.seen.load(Ordering::Acquire) == sum {"),
        ],
    ),
    mutant(
        1,
        "an entry is served whatever became of its generations",
        &[edit(
            GENERATION,
            "            None => self.generations.iter().all(|generation| generation.is_alive()),",
            "            None => true,",
        )],
    ),
    mutant(
        3,
        "the change of a member leaves the model as a whole alive",
        &[edit(
            LEDGER,
            "        parts(bump);\n        self.whole.end(bump);",
            "        parts(bump);",
        )],
    ),
    mutant(
        3,
        "the end of a whole model leaves its members alive",
        &[edit(
            LEDGER,
            "    fn end_families(&'static self, bump: &mut Bump) {
        self.members.end_all(bump);",
            "    fn end_families(&'static self, bump: &mut Bump) {",
        )],
    ),
    mutant(
        3,
        "a change known by one index is not known to wider ones",
        &[edit(INDEX, "        (self.narrower.take)(value, basis);\n", "")],
    ),
];
