//! Changes: what ends with them, and when.

use super::{edit, mutant};
use crate::mutant::Mutant;

pub(super) const LIST: &[Mutant] = &[
    mutant(
        1,
        "`#[invalidates]` invalidates before the write",
        &[
            edit("invalidated-before-write", "let #name = #tokens;", "drop(#tokens);"),
            edit(
                "invalidated-before-write-2",
                "let #mutable #change = #begin; let #returned = #run; #end;",
                "let #change = #begin; #end; let #mutable #change = #begin; let #returned = #run; \
             ::core::mem::forget(#change);",
            ),
        ],
    ),
    mutant(
        3,
        "The old value of a moved row is forgotten",
        &[edit(
            "old-row-forgotten",
            "(before, (after, ())).end(bump)",
            "{ drop(before); after.end(bump) }",
        )],
    ),
    mutant(
        3,
        "The new value of a moved row is forgotten",
        &[edit(
            "new-row-forgotten",
            "(before, (after, ())).end(bump)",
            "{ drop(after); before.end(bump) }",
        )],
    ),
    mutant(
        3,
        "An insert invalidates nothing",
        &[edit("insert-invalidates-nothing", "Bump::run(|bump| rows.end(bump));", "let _ = rows;")],
    ),
    mutant(
        3,
        "A change that panics or is cancelled invalidates nothing",
        &[edit(
            "panic-invalidates-nothing",
            "Bump::run_after(self.body.is_unfinished(), |bump| M::ledger().end_all(bump));",
            "",
        )],
    ),
    mutant(
        2,
        "Nothing is invalidated while caching is turned off",
        &[
            edit("off-invalidates-nothing", "static ENABLED", "pub(crate) static ENABLED"),
            edit(
                "off-invalidates-nothing-2",
                "let held = context::transaction();",
                "let held = context::transaction(); if \
             !crate::enabled::ENABLED.load(crate::sync::Ordering::SeqCst) { return Bumped { \
             ended: 0, held: held.is_some() }; }",
            ),
        ],
    ),
];
