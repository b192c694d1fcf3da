//! The scratch copy of the workspace, in which rules are broken.

use crate::mutant::{self, Mutant};
use ignore::WalkBuilder;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// A copy of the workspace under its `target/mutants`.
#[derive(Debug)]
pub(crate) struct Scratch {
    /// The sources as they were when the command began, so that the original may be worked on.
    sources: BTreeMap<PathBuf, Vec<u8>>,
    folder: PathBuf,
}

impl Scratch {
    /// Copies the workspace. What was built there before is kept.
    pub(crate) fn new() -> Result<Self, Box<dyn Error>> {
        let original = original();
        let mut sources = BTreeMap::new();
        for path in files(&original)? {
            let content = fs::read(original.join(&path))?;
            sources.insert(path, content);
        }
        let folder = original.canonicalize()?.join("target/mutants");
        let scratch = Self { sources, folder };
        fs::create_dir_all(scratch.root())?;
        scratch.restore()?;
        Ok(scratch)
    }

    /// The root of the copy.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.join("workspace")
    }

    /// Where the copy is built.
    pub(crate) fn target(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Makes the copy the same as the original.
    pub(crate) fn restore(&self) -> Result<(), Box<dyn Error>> {
        let root = self.root();
        for path in files(&root)? {
            if !self.sources.contains_key(&path) {
                fs::remove_file(root.join(path))?;
            }
        }
        for (path, content) in &self.sources {
            update(&root.join(path), content)?;
        }
        Ok(())
    }

    /// Makes the copy the original with `mutant` in it.
    pub(crate) fn write(&self, mutant: &Mutant) -> Result<(), Box<dyn Error>> {
        self.restore()?;
        let root = self.root();
        for (path, text) in mutant.apply(&mutant::sources(&root)?)? {
            update(&root.join(path), text.as_bytes())?;
        }
        Ok(())
    }
}

/// The root of the workspace.
pub(crate) fn original() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The files under `root`, as git sees them.
fn files(root: &Path) -> Result<BTreeSet<PathBuf>, Box<dyn Error>> {
    let mut files = BTreeSet::new();
    for found in WalkBuilder::new(root).hidden(false).parents(false).require_git(false).build() {
        let found = found?;
        // Through links: a page may stand in two places.
        if found.path().is_file() {
            files.insert(found.path().strip_prefix(root)?.to_owned());
        }
    }
    files.retain(|path| !path.starts_with(".git"));
    Ok(files)
}

/// Writes a file where it differs, so that nothing is built again without need.
fn update(path: &Path, content: &[u8]) -> Result<(), Box<dyn Error>> {
    if fs::read(path).is_ok_and(|there| there == content) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(fs::write(path, content)?)
}
