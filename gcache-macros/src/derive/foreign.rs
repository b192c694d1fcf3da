//! What the attributes of SeaORM, sqlx and Diesel say of a model. They are read leniently: mistakes in them are theirs
//! to report.

use heck::{
    ToKebabCase as _, ToLowerCamelCase as _, ToShoutyKebabCase as _, ToShoutySnakeCase as _,
    ToSnakeCase as _, ToTitleCase as _, ToUpperCamelCase as _,
};
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::{Attribute, DeriveInput, LitStr, Meta};

/// Whether a field is marked with `#[sea_orm(primary_key)]`, alone or beside other options.
pub(crate) fn is_primary_key(attributes: &[Attribute]) -> bool {
    word(attributes, "sea_orm", "primary_key").is_some()
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

/// The column of a field, where something is said of it.
pub(crate) fn column(item: &[Attribute], field: &[Attribute], name: &str) -> Option<String> {
    let renamed = [("sea_orm", "column_name"), ("sqlx", "rename"), ("diesel", "column_name")];
    let renamed = renamed.iter().find_map(|(attribute, word)| value(field, attribute, word));
    // SeaORM names a variant of an enum by the field, and the column by that.
    let variant = || name.to_upper_camel_case();
    let by_case = || Some(in_case(&variant(), &value(item, "sea_orm", "rename_all")?));
    let by_variant = || {
        table(item)?;
        let is_spelt_alike = variant().to_snake_case() == name;
        let other = value(field, "sea_orm", "enum_name").filter(|_| is_spelt_alike);
        Some(other.as_deref().unwrap_or(name).to_snake_case())
    };
    let by_sqlx = || Some(in_case(name, &value(item, "sqlx", "rename_all")?));
    renamed.or_else(by_case).or_else(by_sqlx).or_else(by_variant)
}

/// A name as `rename_all` has it, in SeaORM's words for it, of which some are sqlx's as well.
fn in_case(name: &str, case: &str) -> String {
    match case {
        "lowercase" => name.to_lowercase(),
        "UPPERCASE" => name.to_uppercase(),
        "snake_case" | "snek_case" => name.to_snake_case(),
        "camelCase" | "mixed_case" => name.to_lower_camel_case(),
        "PascalCase" | "camel_case" => name.to_upper_camel_case(),
        "kebab-case" | "kebab_case" => name.to_kebab_case(),
        "title_case" => name.to_title_case(),
        "SCREAMING_SNAKE_CASE" | "shouty_snake_case" | "shouty_snek_case" => {
            name.to_shouty_snake_case()
        }
        "SCREAMING-KEBAB-CASE" => name.to_shouty_kebab_case(),
        _ => name.to_owned(),
    }
}

/// The word that makes a field something else than one column, whose value is that of the field, and why.
pub(crate) fn no_column(attributes: &[Attribute]) -> Option<(Ident, &'static str)> {
    const SEVERAL: &str = "is several columns, and what names a row of a table is a column each: mark fields of this struct \
                           that are";
    const DOCUMENT: &str = "is a document, which the database writes in another way than this program: mark a field that is a \
                            plain column";
    const NONE: &str = "is no column of the table, so a link that hears of changed rows never learns its value: mark another \
                        field";
    let words = [
        ("sqlx", "flatten", SEVERAL),
        ("diesel", "embed", SEVERAL),
        ("sqlx", "json", DOCUMENT),
        ("sqlx", "skip", NONE),
        ("sea_orm", "ignore", NONE),
    ];
    let said = |(attribute, name, why)| Some((word(attributes, attribute, name)?, why));
    words.into_iter().find_map(said)
}

/// The text or the name behind `word =` in an attribute of this name.
fn value(attributes: &[Attribute], attribute: &str, word: &str) -> Option<String> {
    items(attributes, attribute).find_map(|item| match item.as_slice() {
        [TokenTree::Ident(name), TokenTree::Punct(_), value] if name == word => text(value),
        _ => None,
    })
}

fn text(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Literal(literal) => {
            syn::parse_str::<LitStr>(&literal.to_string()).ok().map(|text| text.value())
        }
        TokenTree::Ident(name) => Some(name.unraw().to_string()),
        // What a macro was given.
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            group.stream().into_iter().next().as_ref().and_then(text)
        }
        TokenTree::Group(_) | TokenTree::Punct(_) => None,
    }
}

/// Where `word` stands, alone or with something in parentheses.
fn word(attributes: &[Attribute], attribute: &str, word: &str) -> Option<Ident> {
    items(attributes, attribute).find_map(|item| match item.as_slice() {
        [TokenTree::Ident(name)] | [TokenTree::Ident(name), TokenTree::Group(_)]
            if name == word =>
        {
            Some(name.clone())
        }
        _ => None,
    })
}

/// What stands between the commas of each attribute of this name.
fn items(attributes: &[Attribute], name: &str) -> impl Iterator<Item = Vec<TokenTree>> {
    options(attributes, name).flat_map(|options| {
        let options: Vec<TokenTree> = options.clone().into_iter().collect();
        let is_comma =
            |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ',');
        options.split(is_comma).map(<[TokenTree]>::to_vec).collect::<Vec<_>>()
    })
}

/// What stands in the parentheses of each attribute of this name.
fn options<'a>(attributes: &'a [Attribute], name: &str) -> impl Iterator<Item = &'a TokenStream> {
    attributes.iter().filter_map(move |attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident(name) => Some(&list.tokens),
        Meta::List(_) | Meta::Path(_) | Meta::NameValue(_) => None,
    })
}
