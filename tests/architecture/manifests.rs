//! What the manifests say, and the figures about them in pages.

use crate::hold;
use crate::repository::{Repository, folder};
use std::process::Command;

/// The lines of a section of a manifest, as names and values. A value of several lines is one.
pub(crate) fn section(manifest: &str, name: &str) -> Vec<(String, String)> {
    let head = format!("[{name}]");
    let lines = manifest.lines().skip_while(|line| line.trim() != head).skip(1);
    let mut found: Vec<(String, String)> = Vec::new();
    for line in lines.take_while(|line| !line.starts_with('[')) {
        let comment = line.trim_start().starts_with('#');
        match line.split_once('=').filter(|_| !line.starts_with([' ', ']']) && !comment) {
            Some((name, value)) => {
                let name = name.trim().trim_end_matches(".workspace").to_owned();
                found.push((name, value.trim().to_owned()));
            }
            None if comment => {}
            None => found.iter_mut().next_back().into_iter().for_each(|(_, value)| *value += line),
        }
    }
    found
}

/// The manifests of the crates that are released, by their folders.
fn released(repository: &Repository) -> Vec<(&str, String)> {
    let manifests = repository.texts("Cargo.toml");
    let released = manifests.filter(|(_, text)| text.contains("\npublish.workspace = true\n"));
    released.map(|(path, text)| (folder(path), text)).collect()
}

#[test]
fn pages_know_how_many_crates_are_released_together() {
    const NUMBERS: [&str; 10] =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let repository = Repository::here();
    let number = NUMBERS[released(repository).len()];
    let texts = repository.texts(".md").chain(repository.texts("Cargo.toml"));
    let mut wrong = Vec::new();
    let mut said = false;
    for (path, text) in texts {
        let text =
            text.split_whitespace().filter(|word| *word != "#").collect::<Vec<_>>().join(" ");
        for (before, _) in text.match_indices(" crates are released together") {
            let word = text[..before].rsplit(' ').next().unwrap_or_default();
            said = true;
            if word.to_lowercase() != number {
                wrong.push(format!("{path}: `{word} crates are released together`, not {number}"));
            }
        }
    }
    assert!(said, "no page says how many crates are released together");
    hold("a number of crates is another", wrong);
}

/// The packages that come into a build of `package` without the default features of gcache.
fn built(package: &str, options: &[&str]) -> Vec<String> {
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--offline", "--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    let tree =
        tree.args(["--package", package]).args(options).current_dir(Repository::here().root());
    let output = tree.output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    lines.lines().filter_map(|line| line.split(' ').next().map(str::to_owned)).collect()
}

#[test]
fn an_extension_brings_no_syn_through_gcache() {
    let crates = [
        ("gcache", &["--no-default-features"][..], "syn"),
        ("gcache-axum", &[], "gcache-macros"),
        ("gcache-sea-orm", &[], "gcache-macros"),
        ("gcache-sqlx", &[], "gcache-macros"),
        ("gcache-minijinja", &[], "gcache-macros"),
    ];
    let built =
        crates.map(|(package, options, unwanted)| (package, unwanted, built(package, options)));
    let unwanted =
        built.into_iter().filter(|(_, unwanted, built)| built.iter().any(|it| it == unwanted));
    hold(
        "no macros",
        unwanted.map(|(package, unwanted, _)| format!("{package} is built with {unwanted}")),
    );
}

#[test]
fn a_released_crate_is_ready() {
    let repository = Repository::here();
    let mut wrong = Vec::new();
    for (folder, manifest) in released(repository) {
        let package = section(&manifest, "package");
        let file = |name: &str| {
            if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
        };
        for name in ["description", "license", "keywords", "categories", "readme"] {
            if !package.iter().any(|(given, _)| given == name) {
                wrong.push(format!("{}: no `{name}`", file("Cargo.toml")));
            }
        }
        for name in ["README.md", "LICENSE-MIT", "LICENSE-APACHE"] {
            if !repository.has(&file(name)) {
                wrong.push(format!("{}: is not there, so it is not in the package", file(name)));
            }
        }
    }
    hold("a crate is not ready to be released", wrong);
}

#[test]
fn an_extension_depends_on_gcache_and_on_none_of_its_parts() {
    let mut wrong = Vec::new();
    for (path, manifest) in Repository::here().within("extensions", "Cargo.toml") {
        let dependencies = section(&manifest, "dependencies");
        let parts = ["gcache-runtime", "gcache-macros"];
        let named = dependencies.into_iter().filter(|(name, _)| parts.contains(&name.as_str()));
        wrong.extend(named.map(|(name, _)| format!("extensions/{path}: {name}")));
    }
    hold("an extension names a part of gcache", wrong);
}

#[test]
fn a_section_is_read_by_its_names() {
    let manifest = "[a]\nx = 1\n[b]\n# c = 1\ny.workspace = true\nz = [\n  \"=\",\n]\n[c]\nv = 1";
    let names = section(manifest, "b").into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names, ["y", "z"]);
}
