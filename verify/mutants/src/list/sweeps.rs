//! What has ended leaves, and what lives stays.

use super::{edit, mutant};
use crate::mutant::Mutant;

const BACKLOG: &str = "gcache-runtime/src/generations/backlog.rs";
const MAP: &str = "gcache-runtime/src/cache/map.rs";
const MEMO: &str = "gcache-runtime/src/cache/memo.rs";
const STEPS: &str = "gcache-runtime/src/cache/maintenance.rs";
const SWEEP: &str = "gcache-runtime/src/cache/sweep.rs";

pub(super) const LIST: &[Mutant] = &[
    mutant(
        7,
        "the sweep leaves what it finds in the map",
        &[edit(
            SWEEP,
            "            self.take_out(*slot, entry);\n        }",
            "            let _ = slot;\n        }",
        )],
    ),
    mutant(
        7,
        "the sweep takes out what lives",
        &[edit(
            SWEEP,
            "if entry.dependencies().are_alive() && !entry.is_over() => living,",
            "if entry.dependencies().are_alive() && living == 0 => living,",
        )],
    ),
    mutant(
        7,
        "the sweep leaves what was computed in a doubt that is over",
        &[edit(STEPS, "            doubt::notice_end();\n", "")],
    ),
    mutant(
        7,
        "what has ended is not counted for the sweep",
        &[edit(BACKLOG, "    if dependents > 0 {", "    if dependents > usize::MAX - 1 {")],
    ),
    mutant(
        7,
        "an entry that ended before it was published stays",
        &[edit(
            MEMO,
            "        if !entry.dependencies().are_alive() {\n            self.take_out",
            "        if false {\n            self.take_out",
        )],
    ),
    mutant(
        7,
        "the store does not hold what was published while its slot was swept",
        &[edit(
            MEMO,
            "            self.admit(slot, weight_of_anew);\n",
            "            let _ = weight_of_anew;\n",
        )],
    ),
    mutant(
        7,
        "an entry is given up by its publisher if its slot was swept meanwhile",
        &[edit(MEMO, "!self.removals.are_any_since(removals) {", "true {")],
    ),
    mutant(
        7,
        "hits make no step of the sweep",
        &[edit(STEPS, "    step(Occasion::Hit);\n", "    let _ = Occasion::Hit;\n")],
    ),
    mutant(
        7,
        "what an ended thread held back is not freed",
        &[edit(MAP, "    thread::at_the_end(flush_all);\n", "    let _ = flush_all;\n")],
    ),
    mutant(
        7,
        "what a thread holds back is not freed in passing",
        &[edit(STEPS, "        map::flush();\n", "")],
    ),
];
