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
            "(&self.groups, rows).invalidate_in(invalidation)",
            "{ let _ = &self.groups; rows.invalidate_in(invalidation) }",
        )],
    ),
    mutant(
        3,
        "The new value of a moved row is forgotten",
        &[edit(
            "new-row-forgotten",
            "(&self.groups, rows).invalidate_in(invalidation)",
            "{ let _ = rows; self.groups.invalidate_in(invalidation) }",
        )],
    ),
    mutant(
        3,
        "An insert invalidates nothing",
        &[edit("insert-invalidates-nothing", "#end;", "::core::mem::forget(#insert);")],
    ),
    mutant(
        3,
        "A change that panics or is cancelled invalidates nothing",
        &[edit(
            "panic-invalidates-nothing",
            "Invalidation::run_after(self.body.is_unfinished(), |it| left(groups, it));",
            "if !std::thread::panicking() && !self.body.is_unfinished() { Invalidation::run(|it| left(groups, it)); }",
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
             count: 0, deferred: transaction.is_some(), ticket: 0 }; }",
            ),
        ],
    ),
];
