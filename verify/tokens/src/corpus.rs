//! Real inputs: those of the tests and examples, and those of `verify/tokens/corpus`.

use crate::case::Case;
use crate::subject::Subject;
use crate::tree::from_stream;
use proc_macro2::TokenStream;
use quote::ToTokens;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItemFn, ItemFn, ItemImpl, ItemStruct, Macro, Meta, TraitItemFn};

/// Where the finds and other inputs of note are kept.
pub fn corpus_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// The inputs of `verify/tokens/corpus`, with the names of their files.
///
/// # Errors
///
/// Of the file system, and of a file that cannot be read as an input.
pub fn corpus() -> io::Result<Vec<(String, Case)>> {
    let files = files(&corpus_directory(), "txt")?;
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let case = fs::read_to_string(&path)?.parse::<Case>();
        Ok((name.clone(), case.map_err(|error| io::Error::other(format!("{name}: {error}")))?))
    };
    files.into_iter().map(read).collect()
}

/// What the tests and the examples of the library, and of what builds on it, give to its macros.
///
/// # Errors
///
/// Of the file system. A file that is not Rust, as some of the tests are on purpose, is left out.
pub fn sources() -> io::Result<Vec<Case>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    for directory in ["tests", "examples", "extensions"] {
        for path in files(&root.join(directory), "rs")? {
            found.extend(cases(&fs::read_to_string(path)?).unwrap_or_default());
        }
    }
    Ok(found)
}

/// What a file of Rust gives to the macros of the library.
///
/// # Errors
///
/// Of a text that is no such file.
pub fn cases(text: &str) -> syn::Result<Vec<Case>> {
    let mut found = Found(Vec::new());
    found.visit_file(&syn::parse_file(text)?);
    Ok(found.0)
}

/// The files with this extension, in a stable order.
fn files(directory: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            paths.extend(files(&path, extension)?);
        } else if path.extension().is_some_and(|found| found == extension) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The inputs found so far.
struct Found(Vec<Case>);

impl Found {
    /// The item behind each attribute of ours, with its other attributes.
    fn attributes<T: ToTokens + Clone>(
        &mut self,
        item: &T,
        own: fn(&mut T) -> &mut Vec<Attribute>,
    ) {
        let mut bare = item.clone();
        for at in (0..own(&mut bare).len()).rev() {
            let attribute = own(&mut bare)[at].clone();
            let name = attribute.path().segments.last().map(|last| last.ident.to_string());
            let subject = match name.as_deref() {
                Some("cache_against") => Subject::CacheAgainst,
                Some("invalidates") => Subject::Invalidates,
                _ => continue,
            };
            own(&mut bare).remove(at);
            let arguments = match attribute.meta {
                Meta::List(list) => list.tokens,
                _ => TokenStream::new(),
            };
            self.push(subject, arguments, bare.to_token_stream());
        }
    }

    fn push(&mut self, subject: Subject, attribute: TokenStream, item: TokenStream) {
        self.0.push(Case { subject, attribute: from_stream(attribute), item: from_stream(item) });
    }
}

impl<'ast> Visit<'ast> for Found {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.attributes(item, |item| &mut item.attrs);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.attributes(item, |item| &mut item.attrs);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        self.attributes(item, |item| &mut item.attrs);
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        self.attributes(item, |item| &mut item.attrs);
        visit::visit_item_impl(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        let derives = item.attrs.iter().filter(|attribute| attribute.path().is_ident("derive"));
        let derives: String = derives.map(|derive| derive.to_token_stream().to_string()).collect();
        if derives.contains("Invalidates") {
            self.push(Subject::Derive, TokenStream::new(), item.to_token_stream());
        }
        if derives.contains("Depends") {
            self.push(Subject::Depends, TokenStream::new(), item.to_token_stream());
        }
        visit::visit_item_struct(self, item);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        let name = call.path.segments.last().map(|last| last.ident.to_string());
        let subject = match name.as_deref() {
            Some("group") => Subject::Group,
            Some("invalidate") => Subject::Invalidate,
            Some("depends_on") => Subject::DependsOn,
            _ => return,
        };
        self.push(subject, TokenStream::new(), call.tokens.clone());
    }
}
