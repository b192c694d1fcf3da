//! A mutant: a patch that breaks one rule.

use ignore::WalkBuilder;
use regex::Regex;
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

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
    /// The marker before that place: a line `// mutant: MARKER`, or `-- mutant: MARKER` in a script, once in the sources.
    pub(crate) marker: &'static str,
    /// The first text like this after the marker is replaced. Any white space stands for any other,
    /// with comments in it or without.
    pub(crate) old: &'static str,
    pub(crate) new: &'static str,
}

/// Where markers stand.
const FOLDERS: [&str; 3] = ["gcache-runtime/src", "gcache-macros/src", "extensions/redis/src"];

/// How many lines after its marker the text of an edit may begin.
const REACH: usize = 10;

/// Sources by their paths from the root of the workspace.
pub(crate) type Sources = BTreeMap<PathBuf, String>;

/// The sources in `root` that have markers.
pub(crate) fn sources(root: &Path) -> Result<Sources, Box<dyn Error>> {
    let mut sources = Sources::new();
    for found in FOLDERS.iter().flat_map(|folder| WalkBuilder::new(root.join(folder)).build()) {
        let found = found?;
        let path = found.path();
        if path.extension().is_some_and(|extension| extension == "rs" || extension == "lua") {
            let text = fs::read_to_string(path)?;
            if text.contains(MARKER) {
                sources.insert(path.strip_prefix(root)?.to_owned(), text);
            }
        }
    }
    Ok(sources)
}

const MARKER: &str = " mutant: ";

/// The marker that a line is.
fn marker(line: &str) -> Option<&str> {
    let line = line.trim_start();
    line.strip_prefix("//").or_else(|| line.strip_prefix("--"))?.strip_prefix(MARKER)
}

/// The markers of `text`.
#[cfg(test)]
fn markers(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(marker)
}

impl Mutant {
    /// The files that it changes, as they are with it.
    pub(crate) fn apply(&self, sources: &Sources) -> Result<Sources, Box<dyn Error>> {
        let mut changed = Sources::new();
        for edit in self.edits {
            let has_marker = |text: &str| text.lines().any(|line| edit.is_marker(line));
            let files: Vec<_> = sources.iter().filter(|(_, text)| has_marker(text)).collect();
            let [(path, text)] = files[..] else {
                return Err(format!("{} files have the marker {}", files.len(), edit.marker).into());
            };
            let text = changed.get(path).unwrap_or(text);
            let text = edit.apply(text).map_err(|error| format!("{}: {error}", self.name))?;
            changed.insert(path.clone(), text);
        }
        Ok(changed)
    }
}

impl Edit {
    fn is_marker(&self, line: &str) -> bool {
        marker(line) == Some(self.marker)
    }

    /// `text` with the edit in it.
    fn apply(&self, text: &str) -> Result<String, Box<dyn Error>> {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let markers = lines.iter().enumerate().filter(|(_, line)| self.is_marker(line.trim_end()));
        let [at] = markers.map(|(at, _)| at).collect::<Vec<_>>()[..] else {
            return Err(format!("the marker {} stands there more than once", self.marker).into());
        };
        let (before, after) = (lines[..at].concat(), lines[at + 1..].concat());
        let reach: usize = lines[at + 1..].iter().take(REACH).map(|line| line.len()).sum();
        let words: Vec<String> = self.old.split_whitespace().map(regex::escape).collect();
        // Comments, and markers of other edits, may stand in the midst of it.
        let found = Regex::new(&words.join(r"\s+(?://[^\n]*\s+)*"))?.find(&after);
        let Some(found) = found.filter(|found| found.start() < reach) else {
            return Err(format!("not found after {}:\n{}", self.marker, self.old).into());
        };
        let (start, end) = (&after[..found.start()], &after[found.end()..]);
        Ok(format!("{before}{start}{}{end}", self.new))
    }
}

#[cfg(test)]
mod tests {
    use super::{Edit, markers, sources};
    use crate::list;
    use crate::scratch::original;
    use std::collections::HashSet;

    #[test]
    fn every_patch_applies() {
        let sources = sources(&original()).unwrap();
        let outdated = list::all().filter_map(|mutant| mutant.apply(&sources).err());
        let outdated: Vec<String> = outdated.map(|error| error.to_string()).collect();
        assert!(outdated.is_empty(), "{}", outdated.join("\n\n"));
    }

    #[test]
    fn every_marker_is_of_an_edit() {
        let sources = sources(&original()).unwrap();
        let edits = || list::all().flat_map(|mutant| mutant.edits);
        let mut named: Vec<&str> = edits().map(|edit| edit.marker).collect();
        let mut there: Vec<&str> = sources.values().flat_map(|text| markers(text)).collect();
        named.sort_unstable();
        // Two mutants may break one line in two ways.
        named.dedup();
        there.sort_unstable();
        assert_eq!(named, there);
    }

    #[test]
    fn every_name_is_its_own() {
        let mut known = HashSet::new();
        assert!(list::all().all(|mutant| known.insert(mutant.name)));
    }

    #[test]
    fn an_edit_looks_behind_its_marker_only() {
        let edit = Edit { marker: "b", old: "f( x )", new: "g()" };
        let text = "f(\nx )\n    // mutant: b\nf(\n// mutant: c\nx\n)\n";
        assert_eq!(edit.apply(text).unwrap(), "f(\nx )\ng()\n");
        assert!(edit.apply("f( x )\n// mutant: b\n").is_err());
    }
}
