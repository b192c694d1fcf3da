//! Groups of a value that is invalidated by its memo's key, too.

use super::{Groups, Invalidation, Visitor};
use crate::generations::{GenerationCell, KeyedGenerations};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// What the value of a key depends on before its body begins: the key itself, and the groups that a call names.
pub(crate) struct OfKey<G> {
    /// Where it is kept, and its hash. None where no key is invalidated by itself.
    pub(crate) key: Option<(&'static KeyedGenerations<u64>, u64)>,
    pub(crate) groups: G,
}

impl<G: Groups> Groups for OfKey<G> {
    fn accept(&self, visitor: &mut Visitor<'_>) {
        if let (Some((keys, hash)), Visitor::Collect(dependencies)) = (self.key, &mut *visitor) {
            // mutant: key-of-memo-not-collected
            keys.collect_key_into(&hash, dependencies);
        }
        self.groups.accept(visitor);
    }
}

/// Invalidates the value of the key that has this `hash`, or all the `content` of the memo where no key is invalidated by
/// itself.
pub(crate) fn invalidate_key(
    keys: Option<&'static KeyedGenerations<u64>>,
    hash: impl FnOnce() -> u64,
    content: &'static GenerationCell,
    invalidation: &mut Invalidation,
) {
    let Some(keys) = keys else { return invalidation.apply_to_cell(content) };
    match catch_unwind(AssertUnwindSafe(hash)) {
        Ok(hash) => invalidation.apply_to_key(keys, &hash),
        Err(panic) => {
            // Which key was meant will never be known.
            invalidation.apply_to_cell(content);
            resume_unwind(panic);
        }
    }
}
