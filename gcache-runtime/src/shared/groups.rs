//! Groups by names that other processes know: those that a value depends on, and those that a value from elsewhere does.

use crate::context::Frame;
use crate::generations::{AnyGeneration, DependencySet};
use crate::links::NamedGroup;
use crate::registry;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The groups that a body has been found to depend on; none if its value is for this process alone, or may be outdated.
pub(super) fn groups_of(frame: &Frame) -> Option<Vec<NamedGroup>> {
    // Out of the frame's lock first: keys are the user's.
    let (own, nodes) = frame.shareable()?;
    let models = registry::models();
    let mut groups = Vec::new();
    let mut add = |generation: &AnyGeneration| {
        if generation.is_content() {
            return true;
        }
        // mutant: cached-values-shared
        let named = models.iter().find_map(|model| model.name_of(generation));
        let is_shared = named.is_some();
        groups.extend(named);
        is_shared
    };
    let all = own.iter().all(&mut add) && nodes.iter().all(|node| node.all(&mut add));
    all.then(|| distinct(groups))
}

fn distinct(groups: Vec<NamedGroup>) -> Vec<NamedGroup> {
    let mut known = std::collections::HashSet::new();
    groups.into_iter().filter(|group| known.insert(group.clone())).collect()
}

/// Adds the live generations of a group to `dependencies`; says whether this process knows it. It does not know one whose
/// key panics where it is read, hashed or compared.
pub(super) fn collect_into(group: &NamedGroup, dependencies: &mut DependencySet) -> bool {
    catch_unwind(AssertUnwindSafe(|| collect_known_into(group, dependencies))).unwrap_or(false)
}

fn collect_known_into(group: &NamedGroup, dependencies: &mut DependencySet) -> bool {
    // Of several models of one name each may be meant.
    let mut known = false;
    for model in registry::models() {
        if model.name() == group.model() {
            if !model.collect_named(group, dependencies) {
                return false;
            }
            known = true;
        }
    }
    known
}
