//! The grammar of `#[group(…)]`. Knows no meaning.

use crate::errors::{Errors, did_you_mean};
use crate::group::{crate_path, skip_to_comma};
use crate::sharing::{Sharing, column_name, group_name, table_name};
use proc_macro2::Ident;
use syn::meta::ParseNestedMeta;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Attribute, Field, LitStr, Path, Token, parenthesized, token};

/// `#[group(…)]` on the item.
#[derive(Default)]
pub(crate) struct OnItem {
    pub(crate) sharing: Sharing,
    pub(crate) no_helpers: bool,
    pub(crate) krate: Option<Path>,
    /// The fields of each compound index.
    pub(crate) indexes: Vec<Vec<Ident>>,
}

/// `#[group(…)]` on a field.
#[derive(Default)]
pub(crate) struct OnField {
    pub(crate) key: bool,
    pub(crate) index: bool,
    /// The name in the database.
    pub(crate) column: Option<LitStr>,
    /// Whether something is said that could not be read.
    pub(crate) unread: bool,
}

const ON_ITEM: [&str; 7] = ["name", "table", "no_helpers", "local", "secret", "crate", "index"];
const ON_FIELD: [&str; 3] = ["key", "index", "column"];

impl OnItem {
    pub(crate) fn new(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut on_item = Self::default();
        parse(attributes, errors, |meta| match word(meta).as_str() {
            "name" => once(&mut on_item.sharing.name, meta, group_name),
            "table" => {
                once(&mut on_item.sharing.table, meta, table_name)?;
                on_item.sharing.check().map_err(|message| at(meta, message))
            }
            "crate" => once(&mut on_item.krate, meta, crate_path),
            "no_helpers" => flag(&mut on_item.no_helpers, meta),
            "local" => on_item.sharing.flag(|sharing| &mut sharing.local, meta),
            "secret" => on_item.sharing.flag(|sharing| &mut sharing.secret, meta),
            "index" => on_item.parse_index(meta),
            "key" => Err(at(meta, "`key` goes on the field that names a row")),
            word => Err(unknown(meta, word, &ON_ITEM)),
        });
        on_item
    }

    /// `index(author, status)`
    fn parse_index(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        if !meta.input.peek(token::Paren) {
            let message = "name the fields, as in `index(author, status)`, or mark one with \
                           `#[group(index)]`";
            return Err(at(meta, message));
        }
        let content;
        parenthesized!(content in meta.input);
        let fields = Punctuated::<Ident, Token![,]>::parse_terminated(&content)?;
        if fields.len() < 2 {
            let message = "an index over one field is marked on the field, with `#[group(index)]`";
            return Err(at(meta, message));
        }
        self.indexes.push(fields.into_iter().collect());
        Ok(())
    }
}

impl OnField {
    pub(crate) fn new(field: &Field, errors: &mut Errors) -> Self {
        let mut on_field = Self::default();
        let all_read = parse(&field.attrs, errors, |meta| match word(meta).as_str() {
            "key" => flag(&mut on_field.key, meta),
            "column" => once(&mut on_field.column, meta, column_name),
            "index" if meta.input.peek(token::Paren) => {
                Err(at(meta, "a compound index goes on the struct: a field is an index of its own"))
            }
            "index" => flag(&mut on_field.index, meta),
            word if ON_ITEM.contains(&word) => {
                Err(at(meta, "this goes on the struct, not on a field"))
            }
            word => Err(unknown(meta, word, &ON_FIELD)),
        });
        on_field.unread = !all_read;
        on_field
    }
}

/// Reads every `#[group(…)]`, and goes on behind the next comma after a mistake. Says whether all
/// of it could be read.
fn parse(
    attributes: &[Attribute],
    errors: &mut Errors,
    mut read: impl FnMut(&ParseNestedMeta<'_>) -> syn::Result<()>,
) -> bool {
    let mut all_read = true;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("group")) {
        let parsed = attribute.parse_nested_meta(|meta| {
            if let Err(error) = read(&meta) {
                all_read = false;
                errors.add(error);
                skip_to_comma(meta.input)?;
            }
            Ok(())
        });
        if let Err(error) = parsed {
            all_read = false;
            errors.add(error);
        }
    }
    all_read
}

impl Sharing {
    /// Raises one of the flags.
    fn flag(
        &mut self,
        place: fn(&mut Self) -> &mut bool,
        meta: &ParseNestedMeta<'_>,
    ) -> syn::Result<()> {
        flag(place(self), meta)?;
        self.check().map_err(|message| at(meta, message))
    }
}

fn once<T>(
    place: &mut Option<T>,
    meta: &ParseNestedMeta<'_>,
    read: fn(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<()> {
    if !meta.input.peek(Token![=]) {
        return Err(at(meta, "this takes a value, after `=`"));
    }
    let value = read(meta.value()?)?;
    if place.is_some() {
        return Err(twice(meta));
    }
    *place = Some(value);
    Ok(())
}

fn flag(place: &mut bool, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if !meta.input.is_empty() && !meta.input.peek(Token![,]) {
        return Err(meta.input.error("this takes no value: leave it out"));
    }
    if std::mem::replace(place, true) { Err(twice(meta)) } else { Ok(()) }
}

fn twice(meta: &ParseNestedMeta<'_>) -> syn::Error {
    at(meta, "this is given twice")
}

fn at(meta: &ParseNestedMeta<'_>, message: impl std::fmt::Display) -> syn::Error {
    syn::Error::new_spanned(&meta.path, message)
}

fn word(meta: &ParseNestedMeta<'_>) -> String {
    meta.path.get_ident().map(ToString::to_string).unwrap_or_default()
}

fn unknown(meta: &ParseNestedMeta<'_>, word: &str, known: &[&str]) -> syn::Error {
    let near = did_you_mean(word, known);
    let hint =
        if near.is_empty() { format!(": known here is `{}`", known.join("`, `")) } else { near };
    at(meta, format_args!("unknown option `{word}`{hint}"))
}
