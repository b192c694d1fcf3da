//! Transactions: what is held back, and what nobody outside may see.

use super::{edit, mutant};
use crate::mutant::Mutant;

pub(super) const LIST: &[Mutant] = &[
    mutant(
        6,
        "A call in a transaction looks at what a value itself depends on, and at nothing below",
        &[edit(
            "transaction-looks-at-own",
            "let below = node.below().iter();",
            "let below = node.below()[..0].iter();",
        )],
    ),
    mutant(
        6,
        "A transaction stores the value that it computed",
        &[edit("transaction-stores", "vacant.filter(|_| transaction.is_none())", "vacant")],
    ),
    mutant(
        6,
        "A body that entered a transaction is stored",
        &[edit(
            "entered-body-stored",
            "with_frame(|frame| frame.note(DependencySet::taint)); Scope::new(|context| \
             context.transaction = Some(Arc::clone(transaction)))",
            "Scope::new(|context| context.transaction = Some(Arc::clone(transaction)))",
        )],
    ),
    mutant(
        6,
        "A transaction reads entries of groups that it has touched",
        &[edit(
            "transaction-reads-touched",
            "!transaction.is_some_and(touched)",
            "true || !transaction.is_some_and(touched)",
        )],
    ),
    mutant(
        6,
        "Invalidations do not wait for the commit",
        &[edit(
            "not-deferred",
            "let transaction = context::transaction();",
            "let transaction = context::transaction().filter(|_| false);",
        )],
    ),
    mutant(
        6,
        "A rollback commits",
        &[edit("rollback-commits", "drop(self.close());", "self.commit();")],
    ),
    mutant(
        6,
        "A transaction that is dropped undecided forgets",
        &[edit(
            "undecided-forgets",
            "fn drop(&mut self) { run_in_drop(|| { self.finish(); });",
            "fn drop(&mut self) { if let Some(pending) = self.pending.take() { pending.roll_back(); }",
        )],
    ),
    mutant(
        6,
        "An inner transaction that ends after the outer one forgets",
        &[edit("late-inner-forgets", "Err(late) => late,", "Err(_) => return false,")],
    ),
    mutant(
        6,
        "An inner rollback forgets the invalidations of the outer one",
        &[edit(
            "inner-rollback-takes-outer",
            "drop(self.close());",
            "drop(self.close()); if let Some(parent) = &self.parent { drop(parent.close()); }",
        )],
    ),
    mutant(
        6,
        "A scope that is rolled back forgets the commits inside of it",
        &[edit(
            "scope-forgets-committed",
            "Some(entered) if entered.is_scope => entered.parent.clone(),",
            "",
        )],
    ),
    mutant(
        6,
        "A scope that is rolled back takes the commits inside of it along",
        &[edit(
            "scope-takes-committed",
            "if let Some(pending) = self.pending.take() { pending.roll_back(); }",
            "if let Some(pending) = self.pending.take() { pending.roll_back(); } if let Some(pending) = \
             self.committed.take().and_then(|mut inside| inside.pending.take()) { pending.roll_back(); \
             }",
        )],
    ),
    mutant(
        6,
        "A scope that is rolled back invalidates groups that no transaction inside has touched",
        &[edit(
            "scope-invalidates-own",
            "if let Some(pending) = self.pending.take() { pending.roll_back(); }",
            "if let Some(pending) = self.pending.take() { if self.committed.is_some() { \
             pending.commit(); } pending.roll_back(); }",
        )],
    ),
];
