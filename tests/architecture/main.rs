//! Every rule of structure that a page states, held against the files.
//!
//! A rule is a function from the [`Repository`] to its breaches, and a test that there are none. Tables that
//! people read as well (which room uses which, which file names which library) stand in `docs/design.md` and are
//! read from there. `GCACHE_ROOT` holds another checkout against the rules.

mod figures;
mod libraries;
mod links;
mod macros;
mod manifests;
mod names;
mod pages;
mod repository;
mod rooms;
mod rust;
mod sizes;
mod words;

/// Fails with the breaches, one a line.
#[track_caller]
fn hold(rule: &str, breaches: impl IntoIterator<Item = String>) {
    let breaches = breaches.into_iter().collect::<Vec<_>>();
    assert!(breaches.is_empty(), "{rule}:\n  {}\n", breaches.join("\n  "));
}
