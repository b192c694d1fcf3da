//! A mutant: a patch that breaks one rule.

use std::error::Error;
use std::fs;
use std::path::Path;

/// A patch that breaks one rule.
#[derive(Debug)]
pub(crate) struct Mutant {
    pub(crate) name: &'static str,
    /// The promise that breaks with it, by its number.
    pub(crate) promise: u8,
    pub(crate) edits: &'static [Edit],
}

/// One place of a patch.
#[derive(Debug)]
pub(crate) struct Edit {
    /// From the root of the workspace.
    pub(crate) file: &'static str,
    /// Stands there once.
    pub(crate) old: &'static str,
    pub(crate) new: &'static str,
}

impl Mutant {
    /// Sees whether every edit applies to the sources in `root`, to one place each.
    pub(crate) fn check(&self, root: &Path) -> Result<(), Box<dyn Error>> {
        for Edit { file, old, .. } in self.edits {
            let places = fs::read_to_string(root.join(file))?.matches(old).count();
            if places != 1 {
                return Err(format!("{}: {places} places in {file} for\n{old}", self.name).into());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Mutant;
    use crate::list;
    use crate::scratch::original;
    use std::collections::HashSet;

    #[test]
    fn every_patch_applies() {
        let outdated =
            |mutant: &Mutant| mutant.check(&original()).err().map(|error| error.to_string());
        let outdated: Vec<String> = list::all().filter_map(outdated).collect();
        assert!(outdated.is_empty(), "{}", outdated.join("\n\n"));
    }

    #[test]
    fn every_name_is_its_own() {
        let mut known = HashSet::new();
        assert!(list::all().all(|mutant| known.insert(mutant.name)));
    }
}
