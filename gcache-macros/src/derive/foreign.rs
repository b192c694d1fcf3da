//! What the attributes of SeaORM and sqlx say of a model. They are read leniently: mistakes in them are theirs to
//! report.

use heck::{
    ToKebabCase as _, ToLowerCamelCase as _, ToShoutySnakeCase as _, ToSnakeCase as _,
    ToUpperCamelCase as _,
};
use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, DeriveInput, LitStr, Meta};

/// Whether a field is marked with `#[sea_orm(primary_key)]`, alone or beside other options.
pub(crate) fn is_primary_key(attributes: &[Attribute]) -> bool {
    options(attributes, "sea_orm").any(|options| has_flag(options.clone(), "primary_key"))
}

/// Whether this is the `ModelEx` that `#[sea_orm::model]` writes beside the `Model`, with its derives: the
/// same row with room for related ones. The group is the `Model`.
pub(crate) fn is_extended_model(input: &DeriveInput) -> bool {
    input.ident == "ModelEx" && options(&input.attrs, "sea_orm").next().is_some()
}

/// The table of an entity, with its schema.
pub(crate) fn table(attributes: &[Attribute]) -> Option<String> {
    let name = value(attributes, "sea_orm", "table_name")?;
    Some(match value(attributes, "sea_orm", "schema_name") {
        Some(schema) => format!("{schema}.{name}"),
        None => name,
    })
}

/// The column of a field, where it has another name than the field.
pub(crate) fn column(item: &[Attribute], field: &[Attribute], name: &str) -> Option<String> {
    let renamed = value(field, "sea_orm", "column_name").or_else(|| value(field, "sqlx", "rename"));
    let all = || ["sea_orm", "sqlx"].iter().find_map(|of| value(item, of, "rename_all"));
    renamed.or_else(|| in_case(name, &all()?))
}

/// A name as `rename_all` has it.
fn in_case(name: &str, case: &str) -> Option<String> {
    Some(match case {
        "lowercase" => name.to_lowercase(),
        "UPPERCASE" => name.to_uppercase(),
        "snake_case" => name.to_snake_case(),
        "camelCase" => name.to_lower_camel_case(),
        "PascalCase" => name.to_upper_camel_case(),
        "kebab-case" => name.to_kebab_case(),
        "SCREAMING_SNAKE_CASE" => name.to_shouty_snake_case(),
        _ => return None,
    })
}

/// What stands behind `word =` in an attribute of this name.
fn value(attributes: &[Attribute], attribute: &str, word: &str) -> Option<String> {
    options(attributes, attribute).find_map(|options| {
        let options: Vec<TokenTree> = options.clone().into_iter().collect();
        let is_comma =
            |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ',');
        options.split(is_comma).find_map(|option| match option {
            [TokenTree::Ident(name), TokenTree::Punct(_), TokenTree::Literal(literal)]
                if name == word =>
            {
                syn::parse_str::<LitStr>(&literal.to_string()).ok().map(|text| text.value())
            }
            _ => None,
        })
    })
}

/// What stands in the parentheses of each attribute of this name.
fn options<'a>(attributes: &'a [Attribute], name: &str) -> impl Iterator<Item = &'a TokenStream> {
    attributes.iter().filter_map(move |attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident(name) => Some(&list.tokens),
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
