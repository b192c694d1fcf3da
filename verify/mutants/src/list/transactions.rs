//! Transactions: what is held back, and what nobody outside may see.

use super::{edit, mutant};
use crate::mutant::Mutant;

const BUMP: &str = "gcache-runtime/src/generations/invalidation.rs";
const CALL: &str = "gcache-runtime/src/call.rs";
const HELD: &str = "gcache-runtime/src/generations/pending.rs";
const TRACKER: &str = "gcache-runtime/src/context.rs";
const TRANSACTION: &str = "gcache-runtime/src/transaction.rs";

pub(super) const LIST: &[Mutant] = &[
    mutant(
        6,
        "a transaction publishes what it computed",
        &[edit(CALL, "            shared = transaction.is_none();\n", "")],
    ),
    mutant(
        6,
        "a body that entered a transaction is stored",
        &[edit(
            TRACKER,
            "    tell(|frame| frame.note(Basis::outdate));
    Scope::new(|context| context.transaction = Some(Arc::clone(held)))",
            "    Scope::new(|context| context.transaction = Some(Arc::clone(held)))",
        )],
    ),
    mutant(
        6,
        "a transaction reads entries of what it has touched",
        &[edit(
            CALL,
            "    !transaction.is_some_and(touched)",
            "    true || !transaction.is_some_and(touched)",
        )],
    ),
    mutant(
        6,
        "bumps do not wait for the commit",
        &[edit(BUMP, "        let held = context::transaction();", "        let held = None;")],
    ),
    mutant(6, "a rollback commits", &[edit(HELD, "drop(self.close());", "self.finish();")]),
    mutant(
        6,
        "a transaction that is dropped undecided forgets",
        &[edit(
            TRANSACTION,
            "    fn drop(&mut self) {
        self.finish();",
            "    fn drop(&mut self) {
        if let Some(held) = self.held.take() {
            held.forget();
        }",
        )],
    ),
    mutant(
        6,
        "an inner transaction that ends after the outer one forgets",
        &[edit(HELD, "Err(late) => late.end(end),", "Err(_) => false,")],
    ),
    mutant(
        6,
        "an inner rollback forgets the bumps of the outer one",
        &[edit(
            HELD,
            "        drop(self.close());",
            "        drop(self.close());
        if let Some(parent) = &self.parent {
            drop(parent.close());
        }",
        )],
    ),
    mutant(
        6,
        "a scope that is rolled back forgets what was committed inside of it",
        &[edit(
            HELD,
            "            Some(entered) if entered.is_passed_by => entered.parent.clone(),\n",
            "",
        )],
    ),
    mutant(
        6,
        "a scope that is rolled back takes what was committed inside of it along",
        &[edit(
            TRANSACTION,
            "        if let Some(held) = self.held.take() {
            held.forget();
        }",
            "        if let Some(held) = self.held.take() {
            held.forget();
        }
        if let Some(held) = self.committed.take().and_then(|mut inside| inside.held.take()) {
            held.forget();
        }",
        )],
    ),
    mutant(
        6,
        "a scope that is rolled back bumps what was bumped in no transaction",
        &[edit(
            TRANSACTION,
            "        if let Some(held) = self.held.take() {
            held.forget();
        }",
            "        if let Some(held) = self.held.take() {
            if self.committed.is_some() {
                held.finish();
            }
            held.forget();
        }",
        )],
    ),
];
