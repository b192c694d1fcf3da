//! The grammar of `#[group(…)]`, and the model that it describes.

use crate::errors::{Errors, did_you_mean};
use proc_macro2::Ident;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Data, DeriveInput, Field, Fields, LitStr, Path, Visibility};

/// A model: what is a group, and what names its members.
pub(crate) struct Model<'a> {
    pub(crate) visibility: &'a Visibility,
    pub(crate) ident: &'a Ident,
    /// The fields of the key, in declaration order.
    pub(crate) key: Vec<Part<'a>>,
    pub(crate) name: Option<LitStr>,
    pub(crate) no_helpers: bool,
    pub(crate) krate: Option<Path>,
}

/// A field that makes part of a key.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a syn::Type,
}

/// `#[group(…)]` on the item.
#[derive(Default)]
struct OnItem {
    name: Option<LitStr>,
    no_helpers: bool,
    krate: Option<Path>,
}

/// `#[group(…)]` on a field.
#[derive(Default)]
struct OnField {
    key: bool,
}

const ON_ITEM: [&str; 3] = ["name", "no_helpers", "crate"];
const ON_FIELD: [&str; 1] = ["key"];

impl<'a> Model<'a> {
    pub(crate) fn new(input: &'a DeriveInput, errors: &mut Errors) -> Option<Self> {
        let DeriveInput { attrs, vis, ident, generics, data } = input;
        let on_item = OnItem::new(attrs, errors);
        check_generics(generics, errors);
        let fields = named_fields(data, errors)?;
        let key = key(ident, fields, errors)?;
        let OnItem { name, no_helpers, krate } = on_item;
        Some(Self { visibility: vis, ident, key, name, no_helpers, krate })
    }
}

/// A model is one type, with one ledger.
fn check_generics(generics: &syn::Generics, errors: &mut Errors) {
    if let Some(parameter) = generics.params.first() {
        errors.at(
            parameter,
            "a model has no parameters, since each of its types would be a group of its own: derive \
             it on a concrete struct, or declare a group with `group!`",
        );
    }
}

/// A model is a struct whose fields have names, since a group's key is found by its field.
fn named_fields<'a>(data: &'a Data, errors: &mut Errors) -> Option<&'a Fields> {
    match data {
        Data::Struct(data) => match &data.fields {
            fields @ Fields::Named(_) => return Some(fields),
            fields @ Fields::Unnamed(_) => {
                errors.at(fields, "a model names its fields: write `{ id: u64, .. }`");
            }
            Fields::Unit => errors.at(
                data.semi_token,
                "a model has a key field, as in `{ id: u64 }`; a group without members is declared \
                 with `group!(pub Rates)`",
            ),
        },
        Data::Enum(data) => {
            errors.at(data.enum_token, "a model is a struct: put the enum in a field of one");
        }
        Data::Union(data) => errors.at(data.union_token, "a model is a struct, not a union"),
    }
    None
}

/// The key: what is marked, or else `id`.
fn key<'a>(ident: &Ident, fields: &'a Fields, errors: &mut Errors) -> Option<Vec<Part<'a>>> {
    let mut marked = Vec::new();
    let mut default = None;
    for field in fields {
        // Named, as `named_fields` has seen to.
        let Some(name) = &field.ident else { continue };
        let part = Part { ident: name, ty: &field.ty };
        if OnField::new(field, errors).key {
            marked.push(part);
        }
        if name == "id" {
            default = Some(part);
        }
    }
    match (marked.is_empty(), default) {
        (false, _) => Some(marked),
        (true, Some(id)) => Some(vec![id]),
        (true, None) => {
            errors
                .at(ident, "mark the field that names a row with `#[group(key)]`, or call it `id`");
            None
        }
    }
}

impl OnItem {
    fn new(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut on_item = Self::default();
        parse(attributes, errors, |meta| {
            if meta.path.is_ident("name") {
                return once(&mut on_item.name, meta, |meta| meta.value()?.parse());
            }
            if meta.path.is_ident("crate") {
                return once(&mut on_item.krate, meta, |meta| {
                    meta.value()?.call(Path::parse_mod_style)
                });
            }
            if meta.path.is_ident("no_helpers") {
                return flag(&mut on_item.no_helpers, meta);
            }
            if meta.path.is_ident("key") {
                return Err(meta.error("`key` goes on the field that names a row"));
            }
            Err(unknown(meta, &ON_ITEM))
        });
        on_item
    }
}

impl OnField {
    fn new(field: &Field, errors: &mut Errors) -> Self {
        let mut on_field = Self::default();
        parse(&field.attrs, errors, |meta| {
            if meta.path.is_ident("key") {
                return flag(&mut on_field.key, meta);
            }
            if ON_ITEM.iter().any(|word| meta.path.is_ident(word)) {
                return Err(meta.error("this goes on the struct, not on a field"));
            }
            Err(unknown(meta, &ON_FIELD))
        });
        on_field
    }
}

/// Reads every `#[group(…)]`.
fn parse(
    attributes: &[Attribute],
    errors: &mut Errors,
    mut read: impl FnMut(&ParseNestedMeta<'_>) -> syn::Result<()>,
) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("group")) {
        if let Err(error) = attribute.parse_nested_meta(|meta| read(&meta)) {
            errors.add(error);
        }
    }
}

fn once<T>(
    place: &mut Option<T>,
    meta: &ParseNestedMeta<'_>,
    read: impl FnOnce(&ParseNestedMeta<'_>) -> syn::Result<T>,
) -> syn::Result<()> {
    let value = read(meta)?;
    if place.is_some() {
        return Err(twice(meta));
    }
    *place = Some(value);
    Ok(())
}

fn flag(place: &mut bool, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if std::mem::replace(place, true) { Err(twice(meta)) } else { Ok(()) }
}

fn twice(meta: &ParseNestedMeta<'_>) -> syn::Error {
    meta.error("this is given twice")
}

fn unknown(meta: &ParseNestedMeta<'_>, known: &[&str]) -> syn::Error {
    let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
    let near = did_you_mean(&word, known.iter().copied());
    let hint =
        if near.is_empty() { format!(": known here is `{}`", known.join("`, `")) } else { near };
    meta.error(format_args!("unknown option `{word}`{hint}"))
}
