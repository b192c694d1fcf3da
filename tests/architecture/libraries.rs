//! Which file of the runtime alone names which library, and where primitives are named.

use crate::pages::table;
use crate::repository::Repository;
use crate::{hold, manifests, rust};
use std::collections::{BTreeMap, BTreeSet};

const RUNTIME: &str = "gcache-runtime";

/// The page with the table, and the head of its first column.
const TABLE: (&str, &str) = ("docs/design.md", "library");

/// Which file may name which library, by the table.
fn allowed(repository: &Repository) -> BTreeMap<String, BTreeSet<String>> {
    let mut allowed = BTreeMap::<_, BTreeSet<_>>::new();
    for line in table(repository, TABLE.0, TABLE.1) {
        let names =
            |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
        for library in names(&line[0]) {
            allowed.entry(library).or_default().extend(names(&line[1]));
        }
    }
    allowed
}

/// The paths of one file of the runtime that is no part of the model check.
fn paths() -> impl Iterator<Item = (String, Vec<String>)> {
    let files = Repository::here().runtime();
    files.into_iter().flat_map(|(file, text)| {
        let paths = rust::paths(rust::tokens(file, &text));
        paths.into_iter().map(move |path| (file.to_owned(), path))
    })
}

#[test]
fn a_library_is_named_where_the_table_says() {
    let allowed = allowed(Repository::here());
    let mut named = BTreeMap::<String, BTreeSet<String>>::new();
    let mut wrong = BTreeSet::new();
    for (file, path) in paths() {
        let Some(files) = allowed.get(&path[0]) else { continue };
        // Some are a vocabulary, as the standard library is.
        if !files.contains(&file) && !files.is_empty() {
            wrong.insert(format!("{file} names {}", path.join("::")));
        }
        named.entry(path[0].clone()).or_default().insert(file);
    }
    for (library, files) in &allowed {
        let unused =
            files.iter().filter(|file| !named.get(library).is_some_and(|n| n.contains(*file)));
        wrong.extend(unused.map(|file| format!("{file} does not name {library}")));
    }
    hold("the table of libraries in docs/design.md says otherwise", wrong);
}

#[test]
fn the_table_has_every_library_of_the_runtime() {
    let repository = Repository::here();
    let manifest = repository.text(&format!("{RUNTIME}/Cargo.toml"));
    let used = manifests::section(&manifest, "dependencies");
    let used = used.into_iter().map(|(name, _)| name.replace('-', "_")).collect::<BTreeSet<_>>();
    let stated = allowed(repository).into_keys().collect::<BTreeSet<_>>();
    let differences = used.symmetric_difference(&stated);
    hold("dependencies of gcache-runtime, and those of the table", differences.cloned());
}

#[test]
fn primitives_are_named_in_sync_alone() {
    let wrong = paths().filter(|(file, path)| {
        let primitive = match [path[0].as_str(), path[1].as_str()] {
            ["std" | "core" | "alloc", "sync" | "thread_local"] => true,
            ["std", "thread"] => {
                path.get(2).is_some_and(|name| ["park", "Thread"].contains(&name.as_str()))
            }
            _ => false,
        };
        primitive && file != "sync.rs"
    });
    let wrong = wrong.map(|(file, path)| format!("{file}: {}", path.join("::")));
    hold("a model checker cannot stand in for what `sync.rs` does not name", wrong);
}
