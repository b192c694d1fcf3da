//! Where links of pages lead.

use crate::hold;
use crate::pages::{pages, without_code};
use crate::repository::{Repository, folder, join};
use std::collections::{BTreeMap, BTreeSet};

/// Where the links of a page lead: those in line, and those that are defined.
fn targets(text: &str) -> Vec<String> {
    let text = without_code(text);
    let mut targets = Vec::new();
    for (at, _) in text.match_indices("](") {
        let rest = &text[at + 2..];
        let end = rest.find([')', ' ', '\n']).unwrap_or(rest.len());
        targets.push(rest[..end].to_owned());
    }
    for line in text.lines() {
        if let Some((_, target)) = definition(line) {
            targets.push(target.to_owned());
        }
    }
    targets
}

/// A line `[label]: target`.
fn definition(line: &str) -> Option<(&str, &str)> {
    let (label, target) = line.strip_prefix('[')?.split_once("]: ")?;
    Some((label, target.split(' ').next().unwrap_or(target)))
}

/// The labels of links `[text][label]`.
fn labels(text: &str) -> Vec<String> {
    let text = without_code(text);
    let ends = text.match_indices("][").map(|(at, _)| &text[at + 2..]);
    ends.filter_map(|rest| rest.split_once(']')).map(|(label, _)| label.to_owned()).collect()
}

/// The anchors of a page, as GitHub makes them from headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut seen = BTreeMap::<String, usize>::new();
    let mut anchors = BTreeSet::new();
    let mut in_code = false;
    for line in text.lines() {
        in_code ^= line.starts_with("```");
        let title = line.trim_start_matches('#');
        if in_code || title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let slug = title.trim().to_lowercase();
        let slug =
            slug.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
        let slug: String = slug.map(|letter| if letter == ' ' { '-' } else { letter }).collect();
        let count = seen.entry(slug.clone()).or_default();
        anchors.insert(if *count == 0 { slug.clone() } else { format!("{slug}-{count}") });
        *count += 1;
    }
    anchors
}

/// What is wrong with where a link of a page leads.
fn breach(repository: &Repository, page: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let file = if path.is_empty() { Some(page.to_owned()) } else { join(folder(page), path) };
    let file = match file.filter(|file| repository.has(file)) {
        // A README that becomes a crate's docs may name its items.
        None if path.contains("::") || !path.contains(['.', '/']) => return None,
        None => return Some(format!("{page}: there is no {target}")),
        Some(file) => file,
    };
    let known = anchor.is_empty() || anchors(&repository.text(&file)).contains(anchor);
    (!known).then(|| format!("{page}: {file} has no heading #{anchor}"))
}

#[test]
fn links_lead_somewhere() {
    let repository = Repository::here();
    let mut wrong = Vec::new();
    for (page, text) in pages(repository) {
        let targets = targets(&text);
        wrong.extend(targets.iter().filter_map(|target| breach(repository, page, target)));
        let defined: BTreeSet<_> =
            text.lines().filter_map(definition).map(|(label, _)| label).collect();
        let missing = labels(&text).into_iter().filter(|label| !defined.contains(label.as_str()));
        wrong.extend(missing.map(|label| format!("{page}: [{label}] is not defined")));
    }
    hold("a link leads nowhere", wrong);
}

/// The page that a line includes as docs.
fn included(line: &str) -> Option<&str> {
    line.split_once("include_str!(\"../")?.1.split_once("\")").map(|(page, _)| page)
}

/// In rustdoc there are no files: of each link that a page defines, the lines above its inclusion say where it leads.
#[test]
fn pages_that_are_docs_lead_to_docs() {
    let repository = Repository::here();
    let mut wrong = Vec::new();
    for file in ["src/lib.rs", "src/guide.rs"] {
        let mut known = BTreeSet::new();
        for line in repository.text(file).lines() {
            let docs = line.strip_prefix("//! ").or_else(|| line.strip_prefix("/// "));
            known.extend(docs.and_then(definition).map(|(label, _)| label.to_owned()));
            let Some(page) = included(line) else { continue };
            let text = repository.text(page);
            let defined: BTreeSet<String> =
                text.lines().filter_map(definition).map(|(label, _)| label.to_owned()).collect();
            let missing = defined.difference(&known).map(|label| format!("{file}: [{label}]"));
            let idle = known.difference(&defined).map(|label| format!("{page}: no [{label}]"));
            wrong.extend(missing.chain(idle));
            known.clear();
        }
    }
    hold("a link of a page leads to no docs", wrong);
    assert_eq!(included(r#"#![doc = include_str!("../README.md")]"#), Some("README.md"));
}

/// The registry's `gcache` is by somebody else. Until a name is chosen nothing here leads to it.
#[test]
fn no_link_leads_to_the_stranger_of_the_registry() {
    let stranger =
        ["docs.rs/gcache", "crates.io/crates/gcache", "cargo add gcache", "cargo install gcache"];
    let repository = Repository::here();
    let texts =
        repository.texts(".md").chain(repository.texts(".rs")).chain(repository.texts(".toml"));
    let mut wrong = Vec::new();
    for (path, text) in texts.filter(|(path, _)| *path != "tests/architecture/links.rs") {
        for (at, line) in text.lines().enumerate() {
            if stranger.iter().any(|link| line.contains(link)) {
                wrong.push(format!("{path}:{}: {}", at + 1, line.trim()));
            }
        }
    }
    hold("this leads to a crate of somebody else", wrong);
}

#[test]
fn links_and_anchors_are_found() {
    let text = "# `A`, and b\n[a](x.md#y) ![b](z.svg) `[c](d)` [e][f]\n\n[f]: g.md\n## A and b";
    assert_eq!(targets(text), ["x.md#y", "z.svg", "g.md"]);
    assert_eq!(labels(text), ["f"]);
    assert_eq!(anchors(text).into_iter().collect::<Vec<_>>(), ["a-and-b", "a-and-b-1"]);
}
