//! Which room of the runtime may use which, and that each has one door.

use crate::pages::table;
use crate::repository::Repository;
use crate::{hold, rust};
use std::collections::{BTreeMap, BTreeSet};

/// The page with the table, and the head of its first column.
const TABLE: (&str, &str) = ("docs/design.md", "room or file");

/// For each module those that it uses, or may use.
type Uses = BTreeMap<String, BTreeSet<String>>;

/// What one module of the crate's root uses of another: where, and by which path.
struct Use {
    file: String,
    by: String,
    path: Vec<String>,
}

impl Use {
    fn of(&self) -> &str {
        &self.path[1]
    }
}

/// All uses between modules of the root. The model check is no part of the runtime.
fn uses(repository: &Repository) -> Vec<Use> {
    let modules = modules(repository);
    let mut uses = Vec::new();
    for (file, text) in repository.runtime() {
        let module = rust::module(file);
        let Some(by) = module.first().filter(|by| modules.contains(*by)) else { continue };
        for path in rust::paths(rust::tokens(file, &text)) {
            let path = rust::resolve(&module, &path);
            let other = path.len() > 1 && path[0] == "crate" && path[1] != *by;
            if other && modules.contains(&path[1]) {
                uses.push(Use { file: file.to_owned(), by: by.clone(), path });
            }
        }
    }
    uses
}

/// The modules of the crate's root. `private` hands names on.
fn modules(repository: &Repository) -> BTreeSet<String> {
    let files = repository.runtime();
    let all = files.iter().filter_map(|(file, _)| rust::module(file).into_iter().next());
    all.filter(|module| module != "private").collect()
}

/// What each module may use, by the table: those of its own line and of the lines above, and what the line has in its second
/// column. The latter is found in the second map, too, since it has to be used.
fn allowed(repository: &Repository) -> (Uses, Uses) {
    let (mut allowed, mut excepted) = (Uses::new(), Uses::new());
    let mut above = BTreeSet::new();
    for line in table(repository, TABLE.0, TABLE.1) {
        let modules = |column: usize| line.get(column).map_or_else(Vec::new, |cell| code(cell));
        let may =
            above.iter().cloned().chain(modules(0)).chain(modules(1)).collect::<BTreeSet<_>>();
        for module in modules(0) {
            allowed.insert(module.clone(), may.clone());
            excepted.insert(module, modules(1).into_iter().collect::<BTreeSet<_>>());
        }
        above.extend(modules(0));
    }
    (allowed, excepted)
}

/// What stands in backticks, as module names: `cache/` and `clock.rs` are `cache` and `clock`.
fn code(cell: &str) -> Vec<String> {
    let quoted = cell.split('`').skip(1).step_by(2);
    let name = |text: &str| text.trim_end_matches('/').trim_end_matches(".rs").to_owned();
    quoted.map(name).collect()
}

#[test]
fn a_room_uses_only_what_the_table_lets_it_use() {
    let repository = Repository::here();
    let (allowed, mut unused) = allowed(repository);
    let mut wrong = Vec::new();
    for used in uses(repository) {
        if let Some(excepted) = unused.get_mut(&used.by) {
            excepted.remove(used.of());
        }
        if allowed.get(&used.by).is_some_and(|may| !may.contains(used.of())) {
            wrong.push(format!("{}: {} uses {}", used.file, used.by, used.path.join("::")));
        }
    }
    let unused = unused.into_iter().filter(|(_, excepted)| !excepted.is_empty());
    wrong.extend(unused.map(|(by, excepted)| format!("{by} does not use {excepted:?}")));
    hold("the table of rooms in docs/design.md does not say so", wrong);
}

#[test]
fn the_table_has_every_room_and_file() {
    let repository = Repository::here();
    let allowed = allowed(repository).0.into_keys().collect::<BTreeSet<_>>();
    let there = modules(repository);
    let differences = allowed.symmetric_difference(&there);
    hold("rooms and files, and those of the table", differences.cloned());
}

#[test]
fn a_room_is_entered_by_its_door() {
    let repository = Repository::here();
    let files = repository.runtime();
    let inner = files.iter().map(|(file, _)| rust::module(file)).collect::<BTreeSet<_>>();
    let wrong = uses(repository).into_iter().filter_map(|used| {
        let names_inner = used.path.get(1..3).is_some_and(|path| inner.contains(path));
        names_inner.then(|| format!("{}: {}", used.file, used.path.join("::")))
    });
    hold("this names a file of another room, and not what its `mod.rs` exports", wrong);
}

#[test]
fn the_files_of_a_room_are_private() {
    let mut wrong = Vec::new();
    for (file, text) in Repository::here().runtime() {
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        for item in parsed.items {
            let syn::Item::Mod(module) = item else { continue };
            let private = matches!(module.vis, syn::Visibility::Inherited);
            // What `lib.rs` makes public is public: `finish`, and `private` for generated code.
            if !private && !file.ends_with("lib.rs") {
                wrong.push(format!("{file}: mod {}", module.ident));
            }
        }
    }
    hold("a file of a room is declared with a visibility", wrong);
}
