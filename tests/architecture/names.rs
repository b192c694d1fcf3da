//! Files and tests that pages name in backticks.

use crate::hold;
use crate::pages::{pages, spans};
use crate::repository::{Repository, folder, join};
use std::collections::{BTreeMap, BTreeSet};

/// Short names of the folders with tests, as `docs/from-django.md` and others use them.
const TESTS: [(&str, &str); 6] = [
    ("core", "tests"),
    ("runtime", "gcache-runtime/tests"),
    ("axum", "extensions/axum/tests"),
    ("minijinja", "extensions/minijinja/tests"),
    ("sea-orm", "extensions/sea-orm/tests"),
    ("filmclub", "examples/filmclub/tests"),
];

/// The endings by which a text in backticks is taken for a file.
const ENDINGS: [&str; 4] = [".rs", ".md", ".sh", ".toml"];

/// The files that `name` may mean on a page.
fn meant<'a>(repository: &'a Repository, page: &str, name: &str) -> Vec<&'a str> {
    let exact = [join(folder(page), name), join("", name)];
    let short = TESTS.iter().filter_map(|(short, folder)| {
        let rest = name.strip_prefix(short)?.strip_prefix('/')?;
        Some(format!("{folder}/{rest}"))
    });
    let exact = exact.into_iter().flatten().chain(short).collect::<BTreeSet<_>>();
    let end = format!("/{name}");
    let fits = |path: &&str| exact.contains(*path) || path.ends_with(&end);
    repository.paths().filter(fits).collect()
}

/// The names of the tests in a file.
fn tests(text: &str) -> BTreeSet<String> {
    fn collect(items: &[syn::Item], names: &mut BTreeSet<String>) {
        for item in items {
            match item {
                syn::Item::Fn(item) => {
                    let is_test = item.attrs.iter().any(|attribute| {
                        attribute.path().segments.last().is_some_and(|last| last.ident == "test")
                    });
                    if is_test {
                        names.insert(item.sig.ident.to_string());
                    }
                }
                syn::Item::Mod(module) => {
                    module.content.iter().for_each(|(_, items)| collect(items, names));
                }
                _ => {}
            }
        }
    }
    let mut names = BTreeSet::new();
    collect(&syn::parse_file(text).expect("it is Rust").items, &mut names);
    // A harness of its own names its tests in its code.
    names
}

/// Whether a text in backticks is a path or the name of a file.
fn is_file(span: &str) -> bool {
    let plain = |letter: char| letter.is_alphanumeric() || "/._-".contains(letter);
    let (path, _) = span.split_once("::").unwrap_or((span, ""));
    path.chars().all(plain)
        && ENDINGS.iter().any(|ending| path.len() > ending.len() && path.ends_with(ending))
}

#[test]
fn files_and_tests_in_backticks_are_there() {
    let repository = Repository::here();
    let mut read = BTreeMap::new();
    let mut wrong = Vec::new();
    for (page, content) in pages(repository) {
        for span in spans(&content).into_iter().filter(|span| is_file(span)) {
            let (name, test) = span.split_once("::").unwrap_or((&span, ""));
            let files = meant(repository, page, name);
            let has = |path: &&str| {
                let found = read.entry((*path).to_owned()).or_insert_with(|| {
                    let code = repository.text(path);
                    (tests(&code), code)
                });
                found.0.contains(test) || found.1.contains(&format!("\"{test}\""))
            };
            if files.is_empty() {
                wrong.push(format!("{page}: `{name}` is no file"));
            } else if !test.is_empty() && !files.iter().any(has) {
                wrong.push(format!("{page}: `{span}` is no test"));
            }
        }
    }
    hold("a page names what is not there", wrong);
}

/// `an_evicted_entry_*` stands for all tests that begin so.
#[test]
fn families_of_tests_in_backticks_are_there() {
    let repository = Repository::here();
    let mut all = BTreeSet::new();
    for (_, text) in repository.texts(".rs").filter(|(path, _)| !path.starts_with("tests/ui/")) {
        all.extend(tests(&text));
    }
    let mut wrong = Vec::new();
    for (page, text) in pages(repository) {
        for span in spans(&text) {
            let Some(start) = span.strip_suffix("_*") else { continue };
            let is_name = start.chars().all(|letter| letter.is_lowercase() || letter == '_');
            if is_name && !all.iter().any(|test| test.starts_with(start)) {
                wrong.push(format!("{page}: no test begins with `{start}`"));
            }
        }
    }
    hold("a page names tests that are not there", wrong);
}

#[test]
fn a_file_is_told_by_its_ending() {
    assert!(is_file("tests/x.rs::a_test") && is_file("local.rs") && !is_file(".rs"));
    assert!(!is_file("a b.rs") && !is_file("tests/{a,b}.rs") && !is_file("ui"));
    let text = "#[test]\nfn a() {}\nmod m { #[tokio::test] async fn b() {} fn c() {} }";
    assert_eq!(tests(text).into_iter().collect::<Vec<_>>(), ["a", "b"]);
}
