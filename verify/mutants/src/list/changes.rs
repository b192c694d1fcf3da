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
            "(before, (after, ())).end(invalidation)",
            "{ drop(before); after.end(invalidation) }",
        )],
    ),
    mutant(
        3,
        "The new value of a moved row is forgotten",
        &[edit(
            "new-row-forgotten",
            "(before, (after, ())).end(invalidation)",
            "{ drop(after); before.end(invalidation) }",
        )],
    ),
    mutant(
        3,
        "An insert invalidates nothing",
        &[edit(
            "insert-invalidates-nothing",
            "Invalidation::run(|invalidation| rows.end(invalidation));",
            "let _ = rows;",
        )],
    ),
    mutant(
        3,
        "A change that panics or is cancelled invalidates nothing",
        &[edit(
            "panic-invalidates-nothing",
            "Invalidation::run_after(self.body.is_unfinished(), |invalidation| { \
             M::ledger().end_all(invalidation) });",
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
             !crate::cache::ENABLED.load(crate::sync::Ordering::SeqCst) { return Invalidated { \
             count: 0, deferred: held.is_some() }; }",
            ),
        ],
    ),
];
