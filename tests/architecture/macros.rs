//! What generated code names of the runtime.

use crate::repository::Repository;
use crate::{hold, rust};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;

/// What stands for the path of `__private` in the templates of the macros.
const STANDS_FOR_PRIVATE: [&str; 2] = ["krate", "there"];

/// The names that the templates in `tokens` take from `__private`: the `X` of each `#krate::X`.
fn named(tokens: TokenStream, names: &mut BTreeSet<String>) {
    let tokens = tokens.into_iter().collect::<Vec<_>>();
    for (at, token) in tokens.iter().enumerate() {
        if let TokenTree::Group(group) = token {
            named(group.stream(), names);
        }
        let is =
            |at: usize, what: &str| tokens.get(at).is_some_and(|token| token.to_string() == what);
        let begins = is(at, "#") && is(at + 2, ":") && is(at + 3, ":");
        let stands = begins && STANDS_FOR_PRIVATE.iter().any(|name| is(at + 1, name));
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

#[test]
fn private_has_what_generated_code_names_and_nothing_else() {
    let repository = Repository::here();
    let mut used = BTreeSet::new();
    for (path, text) in repository.within("gcache-macros/src", ".rs") {
        named(rust::tokens(path, &text), &mut used);
    }
    let there = exported(&repository.text("gcache-runtime/src/private.rs"));
    // Two macros are told by name which function they call.
    for function in ["invalidate", "depends_on"] {
        let list = repository.text("gcache-macros/src/list.rs");
        if list.contains(&format!("format_ident!(\"{function}\")")) {
            used.insert(function.to_owned());
        }
    }
    let missing = used.difference(&there).map(|name| format!("{name} is named and not there"));
    let idle = there.difference(&used).map(|name| format!("{name} is there and not named"));
    hold("gcache-runtime/src/private.rs and the macros' templates", missing.chain(idle));
}

#[test]
fn names_of_templates_are_found() {
    let mut names = BTreeSet::new();
    let template = "quote!(#krate::member::<#group>(#there::Tag::new(#all::end(a::b))))";
    named(template.parse().unwrap(), &mut names);
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["Tag", "member"]);
    assert_eq!(exported("pub use a::{b::C, d as E};").into_iter().collect::<Vec<_>>(), ["C", "E"]);
}
