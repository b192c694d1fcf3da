//! Changes: what ends with them, and when.

use super::{edit, mutant};
use crate::mutant::Mutant;

const BUMP: &str = "gcache-runtime/src/generations/invalidation.rs";
const ENABLED: &str = "gcache-runtime/src/enabled.rs";
const CHANGE: &str = "gcache-runtime/src/groups/change.rs";
const EXPAND: &str = "gcache-macros/src/mutation/expand.rs";
const MODEL: &str = "gcache-runtime/src/groups/model.rs";

pub(super) const LIST: &[Mutant] = &[
    mutant(
        1,
        "`#[invalidates]` bumps before the write",
        &[
            edit(EXPAND, "            let #name = #tokens;\n", "            drop(#tokens);\n"),
            edit(
                EXPAND,
                "        let #mutable #change = #begin;
        let #returned = #run;
        #end;\n",
                "        let #change = #begin;
        #end;
        let #mutable #change = #begin;
        let #returned = #run;
        ::core::mem::forget(#change);\n",
            ),
        ],
    ),
    mutant(
        3,
        "the old value of a moved row is forgotten",
        &[edit(MODEL, "(before, (after, ())).end(bump)", "{ drop(before); after.end(bump) }")],
    ),
    mutant(
        3,
        "the new value of a moved row is forgotten",
        &[edit(MODEL, "(before, (after, ())).end(bump)", "{ drop(after); before.end(bump) }")],
    ),
    mutant(
        3,
        "an insert ends nothing",
        &[edit(CHANGE, "    Bump::run(|bump| rows.end(bump));\n", "    let _ = rows;\n")],
    ),
    mutant(
        3,
        "a change that panics or is cancelled ends nothing",
        &[edit(
            MODEL,
            "            Bump::run_after(self.body.is_unfinished(), |bump| M::ledger().end_all(bump));\n",
            "",
        )],
    ),
    mutant(
        2,
        "nothing is bumped while caching is turned off",
        &[
            edit(ENABLED, "static ENABLED", "pub(crate) static ENABLED"),
            edit(
                BUMP,
                "        let held = context::transaction();\n",
                "        let held = context::transaction();
        if !crate::enabled::ENABLED.load(crate::sync::Ordering::SeqCst) {
            return Bumped { ended: 0, held: held.is_some() };
        }
",
            ),
        ],
    ),
];
