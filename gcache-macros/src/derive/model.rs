//! A model: borrows what the user wrote, and the rules that it must keep.

use super::attribute::{OnField, OnItem};
use super::foreign;
use crate::errors::{Errors, did_you_mean};
use crate::group_value::index_name;
use crate::sharing::{COLUMN_OF_NO_TABLE, Sharing};
use proc_macro2::Ident;
use std::collections::BTreeMap;
use syn::ext::IdentExt as _;
use syn::{Attribute, Data, DeriveInput, Fields, LitStr, Path, Type, Visibility};

/// A model: what is a group, and what names its members.
pub(crate) struct Model<'a> {
    /// What all of it stands under.
    pub(crate) cfg: Vec<&'a Attribute>,
    pub(crate) visibility: &'a Visibility,
    pub(crate) ident: &'a Ident,
    /// The fields of the key, in declaration order.
    pub(crate) key: Vec<Part<'a>>,
    pub(crate) indexes: Vec<Index<'a>>,
    /// The fields that are no index of their own.
    pub(crate) others: Vec<Part<'a>>,
    pub(crate) sharing: Sharing,
    /// The table, if there is one, and what of its columns has another name than the field.
    pub(crate) table: Option<String>,
    pub(crate) columns: BTreeMap<String, String>,
    pub(crate) no_helpers: bool,
    pub(crate) krate: Option<Path>,
}

/// An index: the fields whose value names a group.
pub(crate) struct Index<'a> {
    /// In the order in which they were declared, for the helper.
    pub(crate) declared: Vec<Part<'a>>,
    /// In alphabetical order, for everything else.
    pub(crate) parts: Vec<Part<'a>>,
}

/// A field that makes part of a key.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
}

/// As many as `IntoParts` takes.
const MOST_PARTS: usize = 6;

const TOO_MANY_PARTS: &str =
    "at most six fields make a key or an index: put several in a field of a type of their own";

impl<'a> Model<'a> {
    pub(crate) fn new(input: &'a DeriveInput, errors: &mut Errors) -> Option<Self> {
        let DeriveInput { attrs, vis, ident, generics, data } = input;
        let on_item = OnItem::new(attrs, errors);
        check_generics(generics, errors);
        let fields = named_fields(data, errors)?;
        let marked = Marked::new(fields, errors);
        let parts: Vec<Part<'_>> = marked.parts().collect();
        let indexes = indexes(&marked, &parts, &on_item, errors);
        let key = key(ident, &marked, errors)?;
        check_parts(&parts, &key, &indexes, errors);
        let OnItem { sharing, no_helpers, krate, indexes: _ } = on_item;
        let table = sharing.table.as_ref().map(LitStr::value).or_else(|| foreign::table(attrs));
        check_columns(&marked, &key, &indexes, table.is_some(), errors);
        Some(Self {
            cfg: Vec::new(),
            visibility: vis,
            ident,
            others: others(&parts, &indexes),
            key,
            indexes,
            sharing,
            table,
            columns: marked.columns(attrs),
            no_helpers,
            krate,
        })
    }
}

/// The fields that are no index of their own, by whose names no compound index goes either.
pub(crate) fn others<'a>(parts: &[Part<'a>], indexes: &[Index<'a>]) -> Vec<Part<'a>> {
    let is_index = |part: &&Part<'_>| indexes.iter().any(|index| index.name() == part.name());
    let named = parts.iter().filter(|part| part.ident != "_");
    named.filter(|part| !is_index(part)).copied().collect()
}

/// A model is one type, with one set of generations.
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

/// The fields with their marks.
struct Marked<'a>(Vec<MarkedField<'a>>);

struct MarkedField<'a> {
    part: Part<'a>,
    marks: OnField,
    attributes: &'a [Attribute],
}

impl<'a> Marked<'a> {
    fn new(fields: &'a Fields, errors: &mut Errors) -> Self {
        // Named, as `named_fields` has seen to.
        let named = fields.iter().filter_map(|field| Some((field, field.ident.as_ref()?)));
        let marked = named.map(|(field, ident)| MarkedField {
            part: Part { ident, ty: &field.ty },
            marks: OnField::new(field, errors),
            attributes: &field.attrs,
        });
        Self(marked.collect())
    }

    /// The columns of which something is said.
    fn columns(&self, item: &[Attribute]) -> BTreeMap<String, String> {
        let column = |field: &MarkedField<'_>| {
            let name = field.part.name();
            let said = field.marks.column.as_ref().map(LitStr::value);
            let column = said.or_else(|| foreign::column(item, field.attributes, &name));
            column.map(|column| (name, column))
        };
        self.0.iter().filter_map(column).collect()
    }

    fn parts(&self) -> impl Iterator<Item = Part<'a>> {
        self.0.iter().map(|field| field.part)
    }

    /// The fields that are marked so.
    fn those(&self, are: impl Fn(&MarkedField<'a>) -> bool) -> Vec<Part<'a>> {
        self.0.iter().filter(|field| are(field)).map(|field| field.part).collect()
    }
}

/// The key: what is marked, or else what SeaORM calls the primary key, or else `id`.
fn key<'a>(ident: &Ident, fields: &Marked<'a>, errors: &mut Errors) -> Option<Vec<Part<'a>>> {
    let mut marked = fields.those(|field| field.marks.key);
    if marked.is_empty() {
        marked = fields.those(|field| foreign::is_primary_key(field.attributes));
    }
    if !marked.is_empty() {
        return Some(marked);
    }
    let id = fields.parts().find(|part| part.ident == "id");
    // What could not be read may have been meant as the mark.
    if id.is_none() && !fields.0.iter().any(|field| field.marks.unread) {
        errors.at(ident, "mark the field that names a row with `#[group(key)]`, or call it `id`");
    }
    id.map(|id| vec![id])
}

/// What names a group has a name, and is a value that is kept, not a trait object without a pointer.
pub(crate) fn check_parts(
    parts: &[Part<'_>],
    key: &[Part<'_>],
    indexes: &[Index<'_>],
    errors: &mut Errors,
) {
    if let Some(part) = key.get(MOST_PARTS) {
        errors.at(part.ident, TOO_MANY_PARTS);
    }

    for part in parts.iter().filter(|part| names_members(part, key, indexes)) {
        if part.ident == "_" {
            errors.at(part.ident, "name the field, since its index and its helper go by that");
        }
        match part.ty {
            Type::TraitObject(_) | Type::ImplTrait(_) => errors.at(
                part.ty,
                "a key or an index value is kept: give it a type with a name and a size",
            ),
            Type::Path(ty) if ty.path.is_ident("f64") || ty.path.is_ident("f32") => errors.at(
                ty,
                "a float has no `Eq` and so names no group: mark another field, or keep the number as \
                 an integer or a text",
            ),
            _ => {}
        }
    }
}

/// Whether a field is a part of the key or of an index.
fn names_members(part: &Part<'_>, key: &[Part<'_>], indexes: &[Index<'_>]) -> bool {
    let parts = key.iter().chain(indexes.iter().flat_map(|index| &index.parts));
    parts.into_iter().any(|used| used.ident == part.ident)
}

/// A column is of a table, and what names a row of it is a column.
fn check_columns(
    fields: &Marked<'_>,
    key: &[Part<'_>],
    indexes: &[Index<'_>],
    has_table: bool,
    errors: &mut Errors,
) {
    for MarkedField { part, marks, attributes } in &fields.0 {
        match (&marks.column, foreign::no_column(attributes)) {
            (Some(column), _) if !has_table => errors.at(column, COLUMN_OF_NO_TABLE),
            (_, Some((word, why))) if has_table && names_members(part, key, indexes) => {
                errors.at(&word, format_args!("a field with `{word}` {why}"));
            }
            _ => {}
        }
    }
}

/// The indexes: marked fields, and the compound ones of the item.
fn indexes<'a>(
    fields: &Marked<'a>,
    parts: &[Part<'a>],
    on_item: &OnItem,
    errors: &mut Errors,
) -> Vec<Index<'a>> {
    let marked = fields.those(|field| field.marks.index).into_iter();
    let mut indexes: Vec<Index<'a>> = marked.map(|part| Index::new(vec![part])).collect();
    for compound in &on_item.indexes {
        compound_index(parts, compound, &mut indexes, errors);
    }
    indexes
}

/// Adds an index over the fields of these names, each of which is named once.
pub(crate) fn compound_index<'a>(
    parts: &[Part<'a>],
    compound: &[Ident],
    indexes: &mut Vec<Index<'a>>,
    errors: &mut Errors,
) {
    let mut declared: Vec<Part<'a>> = Vec::new();
    for name in compound {
        if declared.iter().any(|part| part.ident == name) {
            return errors.at(name, format_args!("`{name}` is in this index twice"));
        }
        let Some(part) = parts.iter().find(|part| part.ident == name) else {
            let near = did_you_mean(&name.to_string(), parts.iter().map(Part::name));
            return errors.at(name, format_args!("no field is named `{name}`{near}"));
        };
        declared.push(*part);
    }
    if let Some(name) = compound.get(MOST_PARTS) {
        return errors.at(name, TOO_MANY_PARTS);
    }
    let index = Index::new(declared);
    if indexes.iter().any(|known| known.name() == index.name()) {
        errors.at(&compound[0], "there is an index over these fields already");
    } else {
        indexes.push(index);
    }
}

impl Part<'_> {
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }
}

impl<'a> Index<'a> {
    fn new(declared: Vec<Part<'a>>) -> Self {
        let mut parts = declared.clone();
        parts.sort_by_key(Part::name);
        Self { declared, parts }
    }

    /// `author_and_status`
    pub(crate) fn name(&self) -> String {
        index_name(self.parts.iter().map(|part| part.ident))
    }

    /// `status_and_author`, in the order in which they were declared.
    pub(crate) fn declared_name(&self) -> String {
        let names: Vec<String> = self.declared.iter().map(Part::name).collect();
        names.join("_and_")
    }

    /// Whether this one is over all fields of `other`, and more.
    pub(crate) fn is_wider_than(&self, other: &Index<'_>) -> bool {
        let covers = |part: &Part<'_>| self.parts.iter().any(|own| own.ident == part.ident);
        self.parts.len() > other.parts.len() && other.parts.iter().all(covers)
    }
}
