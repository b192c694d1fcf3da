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
            "(before, after).invalidate_in(invalidation)",
            "{ drop(before); after.invalidate_in(invalidation) }",
        )],
    ),
    mutant(
        3,
        "The new value of a moved row is forgotten",
        &[edit(
            "new-row-forgotten",
            "(before, after).invalidate_in(invalidation)",
            "{ drop(after); before.invalidate_in(invalidation) }",
        )],
    ),
    mutant(
        3,
        "An insert invalidates nothing",
        &[edit(
            "insert-invalidates-nothing",
            "Invalidation::run(|invalidation| rows.invalidate_in(invalidation));",
            "let _ = rows;",
        )],
    ),
    mutant(
        3,
        "A change that panics or is cancelled invalidates nothing",
        &[edit(
            "panic-invalidates-nothing",
            "Invalidation::run_after(self.body.is_unfinished(), |invalidation| { \
             M::generations().invalidate_all(invalidation); });",
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
                "let transaction = context::transaction();",
                "let transaction = context::transaction(); if \
             !crate::cache::ENABLED.load(crate::sync::Ordering::SeqCst) { return Invalidated { \
             count: 0, deferred: transaction.is_some() }; }",
            ),
        ],
    ),
];
