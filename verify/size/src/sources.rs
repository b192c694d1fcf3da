//! What is counted in the sources: lines, type names, names for generated code.

use crate::table::Figure;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

/// Reads the sources of a checkout.
pub(crate) fn measure(root: &Path) -> Result<Vec<Figure>, String> {
    let runtime = files(&root.join("gcache-runtime/src"))?;
    let macros = files(&root.join("gcache-macros/src"))?;
    let private = read(&root.join("gcache-runtime/src/private.rs"))?;
    let mut types = Vec::new();
    for path in &runtime {
        let names = types_of(parse(path)?.items);
        types.extend(names.into_iter().map(|name| format!("{name} ({})", name_of(path))));
    }
    Ok(vec![
        lines("runtime, code lines", &runtime)?,
        lines("macros, code lines", &macros)?,
        Figure::new("runtime, files", runtime.iter().map(|path| name_of(path)).collect()),
        Figure::new("runtime, type names", types),
        Figure::new("`__private`, names", exported(&private)?),
    ])
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn parse(path: &Path) -> Result<syn::File, String> {
    syn::parse_file(&read(path)?).map_err(|error| format!("{}: {error}", path.display()))
}

/// The path from `src`.
fn name_of(path: &Path) -> String {
    let path = path.display().to_string();
    path.rsplit_once("/src/").map_or(path.clone(), |(_, name)| name.to_owned())
}

/// The Rust files below a folder, without tests and the model check.
fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut folders = VecDeque::from([folder.to_owned()]);
    let mut files = Vec::new();
    while let Some(folder) = folders.pop_front() {
        let failed = |error| format!("{}: {error}", folder.display());
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let is_test = path.file_stem().is_some_and(|stem| stem == "tests");
            if path.is_dir() && !is_test && !path.ends_with("model_check") {
                folders.push_back(path);
            } else if !is_test && path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The lines that have code: no comment, no blank, no test.
fn lines(name: &str, files: &[PathBuf]) -> Result<Figure, String> {
    let mut counts = Vec::new();
    for path in files {
        let tokens = read(path)?.parse();
        let tokens = tokens.map_err(|error| format!("{}: {error}", path.display()))?;
        let mut lines = BTreeSet::new();
        note_lines(tokens, &mut lines);
        counts.push((lines.len(), name_of(path)));
    }
    let mut figure = Figure::new(name, Vec::new());
    figure.count = counts.iter().map(|(count, _)| count).sum();
    figure.items = counts.iter().map(|(count, path)| format!("{count:5} {path}")).collect();
    Ok(figure)
}

/// Notes the lines on which tokens stand. A comment for the docs is an attribute `doc`, which is none.
fn note_lines(tokens: TokenStream, lines: &mut BTreeSet<usize>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        if let (TokenTree::Punct(punct), Some(attribute)) = (&token, attribute(tokens.peek())) {
            if punct.as_char() == '#' && (attribute.starts_with("doc =") || is_test(&attribute)) {
                tokens.next();
                if is_test(&attribute) {
                    skip_item(&mut tokens);
                }
                continue;
            }
            // An inner `doc` has a `!` between the two.
            if punct.as_char() == '!' && attribute.starts_with("doc =") {
                tokens.next();
                continue;
            }
        }
        let is_inner_doc = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '#')
            && matches!(tokens.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == '!');
        if is_inner_doc {
            continue;
        }
        match token {
            TokenTree::Group(group) => {
                lines.insert(group.span_open().start().line);
                lines.insert(group.span_close().end().line);
                note_lines(group.stream(), lines);
            }
            token => lines.extend(token.span().start().line..=token.span().end().line),
        }
    }
}

/// The text of an attribute, if the token is one.
fn attribute(token: Option<&TokenTree>) -> Option<String> {
    match token {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => {
            Some(group.stream().to_string())
        }
        _ => None,
    }
}

fn is_test(attribute: &str) -> bool {
    attribute == "cfg (test)" || attribute.starts_with("cfg (all (test ,")
}

/// Skips what a `#[cfg(test)]` stands on.
fn skip_item(tokens: &mut impl Iterator<Item = TokenTree>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return,
            TokenTree::Punct(punct) if punct.as_char() == ';' => return,
            _ => {}
        }
    }
}

/// The types that items declare: structs, enums, traits and aliases, in modules too, but in no tests and no
/// functions.
fn types_of(items: Vec<syn::Item>) -> Vec<String> {
    let mut types = Vec::new();
    for item in items {
        let (attributes, name) = match item {
            syn::Item::Struct(item) => (item.attrs, item.ident),
            syn::Item::Enum(item) => (item.attrs, item.ident),
            syn::Item::Trait(item) => (item.attrs, item.ident),
            syn::Item::Type(item) => (item.attrs, item.ident),
            syn::Item::Mod(module) if !has_test(&module.attrs) => {
                types.extend(module.content.map_or_else(Vec::new, |(_, items)| types_of(items)));
                continue;
            }
            _ => continue,
        };
        if !has_test(&attributes) {
            types.push(name.to_string());
        }
    }
    types
}

fn has_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) if list.path.is_ident("cfg") => {
            is_test(&format!("cfg ({})", list.tokens))
        }
        _ => false,
    })
}

/// The names that a file re-exports.
fn exported(text: &str) -> Result<Vec<String>, String> {
    fn collect(tree: &syn::UseTree, names: &mut Vec<String>) {
        match tree {
            syn::UseTree::Path(path) => collect(&path.tree, names),
            syn::UseTree::Name(name) => names.push(name.ident.to_string()),
            syn::UseTree::Rename(rename) => names.push(rename.rename.to_string()),
            syn::UseTree::Glob(_) => names.push("*".to_owned()),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| collect(tree, names)),
        }
    }
    let file = syn::parse_file(text).map_err(|error| format!("private.rs: {error}"))?;
    let mut names = Vec::new();
    for item in &file.items {
        if let syn::Item::Use(item) = item {
            collect(&item.tree, &mut names);
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::{note_lines, types_of};
    use std::collections::BTreeSet;

    #[test]
    fn comments_blanks_and_tests_are_no_code() {
        let text = "//! Docs.\n\n/// More.\n// Why.\nfn f() {\n    g(\"a\nb\");\n}\n\
                    #[cfg(test)]\nmod tests {\n    use super::f;\n}\n#![allow(x)]\nfn h() {}";
        let mut lines = BTreeSet::new();
        note_lines(text.parse().unwrap(), &mut lines);
        assert_eq!(Vec::from_iter(lines), [5, 6, 7, 8, 13, 14]);
    }

    #[test]
    fn types_are_counted_where_they_are_declared() {
        let text = "struct A; mod m { enum B {} trait C {} } #[cfg(test)] mod t { struct D; }\n\
                    fn f() { struct E; } type F = A; impl A { type G = A; }";
        let items = syn::parse_file(text).unwrap().items;
        assert_eq!(types_of(items), ["A", "B", "C", "F"]);
    }
}
