//! What generated code names of the runtime.

use crate::repository::Repository;
use crate::{hold, rust};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;

/// What stands for the path of `__private` in the templates of the macros.
const PRIVATE: [&str; 2] = ["private", "there"];

/// What stands for the library itself.
const PUBLIC: [&str; 2] = ["krate", "library"];

/// The names that the templates in `tokens` take from what `path` stands for: the `X` of each `#krate::X`.
fn named(tokens: TokenStream, path: &[&str], names: &mut BTreeSet<String>) {
    let tokens = tokens.into_iter().collect::<Vec<_>>();
    for (at, token) in tokens.iter().enumerate() {
        if let TokenTree::Group(group) = token {
            named(group.stream(), path, names);
        }
        let is =
            |at: usize, what: &str| tokens.get(at).is_some_and(|token| token.to_string() == what);
        let begins = is(at, "#") && is(at + 2, ":") && is(at + 3, ":");
        let stands = begins && path.iter().any(|name| is(at + 1, name));
        if let Some(TokenTree::Ident(name)) = tokens.get(at + 4).filter(|_| stands) {
            names.insert(name.to_string());
        }
    }
}

/// The names that a file re-exports.
fn exported(text: &str) -> BTreeSet<String> {
    fn collect(tree: &syn::UseTree, names: &mut BTreeSet<String>) {
        match tree {
            syn::UseTree::Path(path) => collect(&path.tree, names),
            syn::UseTree::Name(name) => drop(names.insert(name.ident.to_string())),
            syn::UseTree::Rename(rename) => drop(names.insert(rename.rename.to_string())),
            syn::UseTree::Glob(_) => drop(names.insert("*".to_owned())),
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|tree| collect(tree, names));
            }
        }
    }
    let mut names = BTreeSet::new();
    for item in syn::parse_file(text).expect("it is Rust").items {
        if let syn::Item::Use(item) = item {
            collect(&item.tree, &mut names);
        }
    }
    names
}

/// The names that all templates take from what `path` stands for.
fn named_by_templates(repository: &Repository, path: &[&str]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (file, text) in repository.within("gcache-macros/src", ".rs") {
        named(rust::tokens(file, &text), path, &mut names);
    }
    names
}

#[test]
fn private_has_what_generated_code_names_and_nothing_else() {
    let repository = Repository::here();
    let used = named_by_templates(repository, &PRIVATE);
    let there = exported(&repository.text("gcache-runtime/src/private.rs"));
    let missing = used.difference(&there).map(|name| format!("{name} is named and not there"));
    let idle = there.difference(&used).map(|name| format!("{name} is there and not named"));
    hold("gcache-runtime/src/private.rs and the macros' templates", missing.chain(idle));
}

#[test]
fn generated_code_takes_what_is_public_from_where_it_is_public() {
    let repository = Repository::here();
    let mut public = exported(&repository.text("src/lib.rs"));
    public.insert("__private".to_owned());
    let used = named_by_templates(repository, &PUBLIC);
    let missing = used.difference(&public).map(|name| format!("{name} is named and not public"));
    let private = exported(&repository.text("gcache-runtime/src/private.rs"));
    let twice = private.intersection(&public).map(|name| format!("{name} is public, too"));
    hold("src/lib.rs and the macros' templates", missing.chain(twice));
}

#[test]
fn names_of_templates_are_found() {
    let mut names = BTreeSet::new();
    let template = "quote!(#private::member::<#group>(#there::Tag::new(#krate::end(a::b))))";
    named(template.parse().unwrap(), &PRIVATE, &mut names);
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["Tag", "member"]);
    assert_eq!(exported("pub use a::{b::C, d as E};").into_iter().collect::<Vec<_>>(), ["C", "E"]);
}
