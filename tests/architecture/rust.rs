//! The paths that a Rust file names.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// The tokens of a Rust file, without what is compiled for tests only. Comments are no tokens.
pub(crate) fn tokens(path: &str, text: &str) -> TokenStream {
    let tokens = text.parse().unwrap_or_else(|error| panic!("{path}: {error}"));
    without_tests(tokens)
}

/// Takes out each item that follows a `#[cfg(test)]`.
fn without_tests(tokens: TokenStream) -> TokenStream {
    let mut kept = Vec::new();
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) if is_test_only(&group) => {
                kept.pop(); // the `#` before it
                for token in tokens.by_ref() {
                    match token {
                        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => break,
                        TokenTree::Punct(punct) if punct.as_char() == ';' => break,
                        _ => {}
                    }
                }
            }
            TokenTree::Group(group) => {
                let inner = without_tests(group.stream());
                kept.push(proc_macro2::Group::new(group.delimiter(), inner).into());
            }
            token => kept.push(token),
        }
    }
    kept.into_iter().collect()
}

fn is_test_only(group: &proc_macro2::Group) -> bool {
    let text = group.stream().to_string();
    group.delimiter() == Delimiter::Bracket
        && (text == "cfg (test)" || text.starts_with("cfg (all (test ,"))
}

/// Every path of two names or more, in imports, types, expressions and macros alike. A list of imports is as
/// many paths.
pub(crate) fn paths(tokens: TokenStream) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    collect(&tokens.into_iter().collect::<Vec<_>>(), &[], &mut found);
    found.retain(|path| path.len() > 1);
    found
}

/// Finds the paths in `tokens`, of which those at the beginning of an item of a list go on after `prefix`.
fn collect(tokens: &[TokenTree], prefix: &[String], found: &mut Vec<Vec<String>>) {
    let mut at = 0;
    while at < tokens.len() {
        let begins = at;
        let mut path = prefix.to_vec();
        let mut goes_on = false;
        while let Some(TokenTree::Ident(name)) = tokens.get(at) {
            path.push(name.to_string());
            at += 1;
            goes_on = is_path_separator(tokens, at);
            if !goes_on {
                break;
            }
            at += 2;
        }
        match tokens.get(at) {
            Some(TokenTree::Group(list)) if goes_on => {
                collect(&list.stream().into_iter().collect::<Vec<_>>(), &path, found);
                at += 1;
                continue;
            }
            Some(TokenTree::Group(group)) if at == begins => {
                collect(&group.stream().into_iter().collect::<Vec<_>>(), &[], found);
                at += 1;
            }
            Some(_) if at == begins => at += 1,
            // What is behind a list's `self` or a glob names the prefix.
            _ => {}
        }
        if at > begins && path.len() > prefix.len() {
            found.push(path);
        }
        // `Name as Other`: the other name is no path.
        if matches!(tokens.get(at), Some(TokenTree::Ident(word)) if word == "as")
            && !prefix.is_empty()
        {
            at += 2;
        }
    }
}

fn is_path_separator(tokens: &[TokenTree], at: usize) -> bool {
    let colon = |at: usize, spacing| {
        matches!(tokens.get(at), Some(TokenTree::Punct(punct))
            if punct.as_char() == ':' && (punct.spacing() == spacing || spacing == Spacing::Alone))
    };
    colon(at, Spacing::Joint) && colon(at + 1, Spacing::Alone)
}

/// The path from the root of its crate that `path` means in the module `module`; as it stands where it does
/// not begin with `crate`, `self` or `super`.
pub(crate) fn resolve(module: &[String], path: &[String]) -> Vec<String> {
    let mut base = module.to_vec();
    let mut rest = path;
    match path.first().map(String::as_str) {
        Some("crate") => (base, rest) = (Vec::new(), &path[1..]),
        Some("self") => rest = &path[1..],
        Some("super") => {
            while rest.first().is_some_and(|part| part == "super") {
                base.pop();
                rest = &rest[1..];
            }
        }
        _ => return path.to_vec(),
    }
    let mut whole = vec!["crate".to_owned()];
    whole.extend(base);
    whole.extend_from_slice(rest);
    whole
}

/// The module that a file of a crate's `src` is.
pub(crate) fn module(path: &str) -> Vec<String> {
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let path = path.strip_suffix("/mod").unwrap_or(path);
    match path {
        "lib" => Vec::new(),
        path => path.split('/').map(str::to_owned).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{module, paths, resolve, tokens};

    fn found(text: &str) -> Vec<String> {
        paths(tokens("", text)).into_iter().map(|path| path.join("::")).collect()
    }

    #[test]
    fn imports_are_taken_apart() {
        let text = "use crate::{a::{B, c::D as E}, f};\npub use std::sync::Arc;";
        assert_eq!(found(text), ["crate::a::B", "crate::a::c::D", "crate::f", "std::sync::Arc"]);
    }

    #[test]
    fn paths_are_found_in_bodies_macros_and_types() {
        let text = "fn f(x: a::B<c::D>) { assert!(e::f(g::<H>(1)) == x.y::<z::Z>()) }";
        assert_eq!(found(text), ["a::B", "c::D", "e::f", "z::Z"]);
    }

    #[test]
    fn tests_and_comments_are_passed_over() {
        let text = "/// [`a::B`]\n#[cfg(test)]\nmod tests { use a::B; }\n// c::D\nuse e::F;";
        assert_eq!(found(text), ["e::F"]);
    }

    #[test]
    fn a_relative_path_is_resolved() {
        let at = module("cache/local.rs");
        let path = |text: &str| text.split("::").map(str::to_owned).collect::<Vec<_>>();
        let resolved = |text: &str| resolve(&at, &path(text)).join("::");
        assert_eq!(resolved("super::Memo"), "crate::cache::Memo");
        assert_eq!(resolved("super::super::clock::now"), "crate::clock::now");
        assert_eq!(resolved("crate::clock"), "crate::clock");
        assert_eq!(resolved("std::mem"), "std::mem");
        assert_eq!(module("cache/mod.rs"), ["cache"]);
    }
}
