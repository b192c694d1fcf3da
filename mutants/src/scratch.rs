//! The scratch copy of the workspace, in which rules are broken.

use crate::mutant::{Edit, Mutant};
use ignore::WalkBuilder;
use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// A copy of the workspace under its `target/mutants`.
#[derive(Debug)]
pub(crate) struct Scratch {
    original: PathBuf,
    copy: PathBuf,
}

impl Scratch {
    /// Copies the workspace. What was built there before is kept.
    pub(crate) fn new() -> Result<Self, Box<dyn Error>> {
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
        let copy = original.join("target/mutants/workspace");
        fs::create_dir_all(&copy)?;
        let scratch = Self { original, copy };
        scratch.restore()?;
        Ok(scratch)
    }

    /// The root of the workspace as it is.
    pub(crate) fn original(&self) -> &Path {
        &self.original
    }

    /// The root of the copy.
    pub(crate) fn root(&self) -> &Path {
        &self.copy
    }

    /// Where the copy is built.
    pub(crate) fn target(&self, name: &str) -> PathBuf {
        self.original.join("target/mutants").join(name)
    }

    /// Makes the copy the same as the original.
    pub(crate) fn restore(&self) -> Result<(), Box<dyn Error>> {
        let sources = files(&self.original)?;
        for path in files(&self.copy)?.difference(&sources) {
            fs::remove_file(self.copy.join(path))?;
        }
        for path in sources {
            update(&self.copy.join(&path), &fs::read(self.original.join(&path))?)?;
        }
        Ok(())
    }

    /// Makes the copy the original with `mutant` in it.
    pub(crate) fn write(&self, mutant: &Mutant) -> Result<(), Box<dyn Error>> {
        self.restore()?;
        for Edit { file, old, new } in mutant.edits {
            let path = self.copy.join(file);
            update(&path, fs::read_to_string(&path)?.replacen(old, new, 1).as_bytes())?;
        }
        Ok(())
    }
}

/// The files under `root`, as git sees them.
fn files(root: &Path) -> Result<BTreeSet<PathBuf>, Box<dyn Error>> {
    let mut files = BTreeSet::new();
    for found in WalkBuilder::new(root).hidden(false).parents(false).require_git(false).build() {
        let found = found?;
        if found.file_type().is_some_and(|kind| kind.is_file()) {
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
