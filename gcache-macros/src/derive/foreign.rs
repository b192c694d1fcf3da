//! What the attributes of SeaORM say of a model. They are read leniently: mistakes in them are SeaORM's to
//! report.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, DeriveInput, Meta};

/// Whether a field is marked with `#[sea_orm(primary_key)]`, alone or beside other options.
pub(crate) fn is_primary_key(attributes: &[Attribute]) -> bool {
    options(attributes).any(|options| has_flag(options.clone(), "primary_key"))
}

/// Whether this is the `ModelEx` that `#[sea_orm::model]` writes beside the `Model`, with its derives: the
/// same row with room for related ones. The group is the `Model`.
pub(crate) fn is_extended_model(input: &DeriveInput) -> bool {
    input.ident == "ModelEx" && options(&input.attrs).next().is_some()
}

/// What stands in the parentheses of each `#[sea_orm(…)]`.
fn options(attributes: &[Attribute]) -> impl Iterator<Item = &TokenStream> {
    attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("sea_orm") => Some(&list.tokens),
        Meta::List(_) | Meta::Path(_) | Meta::NameValue(_) => None,
    })
}

/// Whether `flag` stands between two commas.
fn has_flag(options: TokenStream, flag: &str) -> bool {
    let options: Vec<TokenTree> = options.into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ',');
    let is_flag = |option: &[TokenTree]| matches!(option, [TokenTree::Ident(i)] if i == flag);
    options.split(is_comma).any(is_flag)
}
