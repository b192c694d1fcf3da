//! The files of the repository.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs};

/// The text files, by their paths from the root.
pub(crate) struct Repository {
    root: PathBuf,
    paths: Vec<String>,
}

static REPOSITORY: LazyLock<Repository> = LazyLock::new(|| {
    let root = env::var("GCACHE_ROOT").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    let root = PathBuf::from(root);
    let mut paths = Vec::new();
    walk(&root, "", &mut paths);
    paths.sort();
    Repository { root, paths }
});

impl Repository {
    /// The repository that this test belongs to.
    pub(crate) fn here() -> &'static Self {
        &REPOSITORY
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// All paths from the root, of files.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(String::as_str)
    }

    /// The files of one ending, with their texts.
    pub(crate) fn texts(&self, ending: &str) -> impl Iterator<Item = (&str, String)> {
        let paths = self.paths().filter(move |path| path.ends_with(ending));
        paths.map(|path| (path, self.text(path)))
    }

    /// The files of one folder and ending, with their texts. Paths begin in the folder.
    pub(crate) fn within(&self, folder: &str, ending: &str) -> Vec<(&str, String)> {
        let inside = self.paths().filter_map(|path| path.strip_prefix(folder)?.strip_prefix('/'));
        let paths = inside.filter(|path| path.ends_with(ending));
        paths.map(|path| (path, self.text(&format!("{folder}/{path}")))).collect()
    }

    /// The files of the runtime that are compiled into programs, with their texts.
    pub(crate) fn runtime(&self) -> Vec<(&str, String)> {
        let mut files = self.within("gcache-runtime/src", ".rs");
        files.retain(|(path, _)| !path.ends_with("/tests.rs"));
        files
    }

    pub(crate) fn text(&self, path: &str) -> String {
        let text = fs::read_to_string(self.root.join(path));
        text.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }
}

/// Puts the files below `folder` into `paths`. What is built or hidden is passed over, but for CI.
fn walk(root: &Path, folder: &str, paths: &mut Vec<String>) {
    let entries = fs::read_dir(root.join(folder)).expect("the folder can be read");
    for entry in entries {
        let entry = entry.expect("the folder can be read");
        let name = entry.file_name().into_string().expect("names are Unicode");
        if (name.starts_with('.') && name != ".ci") || name == "target" || name == "wip" {
            continue;
        }
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        // A package has links to the licences and pages: those are read where they are.
        let kind = entry.file_type().expect("the folder can be read");
        if kind.is_dir() {
            walk(root, &path, paths);
        } else if kind.is_file() {
            paths.push(path);
        }
    }
}

/// The path that `relative` names in a file of `folder`, without `.` and `..`; nothing if it leads out.
pub(crate) fn join(folder: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The folder that a file is in.
pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[test]
fn a_path_is_joined_by_its_parts() {
    assert_eq!(join("docs", "../src/lib.rs").as_deref(), Some("src/lib.rs"));
    assert_eq!(join("", "../other"), None);
    assert_eq!(folder("docs/design.md"), "docs");
}
