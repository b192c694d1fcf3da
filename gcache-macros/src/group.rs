//! Groups as they are written in every macro: `Book`, `Book(pk)`, `Book(author = a)`, `"movies"`.

use crate::errors::Errors;
use crate::group_value::is_variable;
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::{Expr, LitStr, Path, Token, token};

/// A group as written.
pub(crate) enum Group {
    /// `"movies"`
    Tag(LitStr),
    /// `Book`
    Whole(Path),
    /// `Book(pk)`, or `Line(order, number)` for a compound key.
    Member(Path, Vec<Expr>),
    /// `Book(author = a)`, or `Book(author = a, status = s)` for a compound index.
    By(Path, Vec<Field>),
    /// `Book?(pk)`, of a member or a value that may be missing: then it is no group.
    Optional(Box<Self>),
}

const KEY_OR_FIELDS: &str =
    "name a group by its key or by fields, not by both: `Book(pk)` or `Book(author = a)`";

/// A literal tag holds no placeholder: it would be one tag for all calls.
fn check_literal(tag: &LitStr) -> syn::Result<()> {
    let text = tag.value();
    let is_name = |inner: &str| {
        let name = inner.split(':').next().unwrap_or(inner);
        name.trim() == name && syn::parse_str::<Ident>(name).is_ok()
    };
    let mut parts = text.split('{').skip(1);
    if !parts.any(|part| part.split_once('}').is_some_and(|(inner, _)| is_name(inner))) {
        return Ok(());
    }
    let message = format!(
        "a literal tag is the same for all calls: write `Tag(format!({0}))`, or `Tag({0})` if the braces \
         belong to it",
        tag.token(),
    );
    Err(syn::Error::new(tag.span(), message))
}

/// `author = a`
pub(crate) struct Field {
    pub(crate) name: Ident,
    pub(crate) value: Expr,
}

impl Parse for Field {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if !is_field(input) {
            return Err(input.error(KEY_OR_FIELDS));
        }
        let name: Ident = input.parse()?;
        if name == "$crate" {
            return Err(syn::Error::new(name.span(), "`$crate` is no field"));
        }
        input.parse::<Token![=]>()?;
        Ok(Self { name, value: input.parse()? })
    }
}

impl Parse for Group {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) {
            let tag: LitStr = input.parse()?;
            check_literal(&tag)?;
            return Ok(Self::Tag(tag));
        }
        let path = Path::parse_mod_style(input).map_err(|error| {
            let message = "expected a group, such as `Book`, `Book(pk)` or `\"movies\"`";
            syn::Error::new(error.span(), message)
        })?;
        check_form(&path, input)?;
        let optional: Option<Token![?]> = input.parse()?;
        if input.peek(token::Paren) {
            let keyed = Self::keyed(path, input)?;
            return Ok(if optional.is_some() { Self::Optional(Box::new(keyed)) } else { keyed });
        }
        match optional {
            None => Ok(Self::Whole(path)),
            Some(sign) => {
                let name = path.segments.last().map(|last| last.ident.to_string());
                let message = format!(
                    "`?` is for a key that may be missing: write `{0}?(key)`, or `{0}` for all of it",
                    name.unwrap_or_default(),
                );
                Err(syn::Error::new(sign.span, message))
            }
        }
    }
}

impl Group {
    /// `(pk)` or `(author = a)`, behind the path.
    fn keyed(path: Path, input: ParseStream<'_>) -> syn::Result<Self> {
        let content;
        let paren = syn::parenthesized!(content in input);
        if is_field(&content) {
            let mut fields = all_of(&content, Field::parse)?;
            // As the derive names an index: whatever the order in which its fields are written.
            fields.sort_by_key(|field| field.name.unraw().to_string());
            check_distinct(&fields)?;
            return Ok(Self::By(path, fields));
        }
        let keys = all_of(&content, Expr::parse)?;
        if let Some(Expr::Assign(field)) = keys.iter().find(|key| matches!(key, Expr::Assign(_))) {
            return Err(syn::Error::new_spanned(&field.left, KEY_OR_FIELDS));
        }
        if keys.is_empty() {
            let message = "name the member, as in `Book(pk)`, or leave the parentheses out";
            return Err(syn::Error::new(paren.span.join(), message));
        }
        Ok(Self::Member(path, keys))
    }
}

/// A group is a type, with its key or its fields in parentheses, and with nothing before it.
fn check_form(path: &Path, input: ParseStream<'_>) -> syn::Result<()> {
    let names: Vec<&Ident> = path.segments.iter().map(|segment| &segment.ident).collect();
    let &[.., name] = names.as_slice() else { return Ok(()) };
    let message = if input.peek(Token![!]) {
        format!("a macro is no group: write `Tag({name}!(..))`")
    } else if input.peek(Token![=]) && is_variable(name) {
        format!("a group stands alone: leave `{name} =` out")
    } else if input.peek(Token![=]) || input.peek(token::Brace) {
        return Err(input.error(format!("a key stands in parentheses: write `{name}(..)`")));
    } else {
        match names.as_slice() {
            [.., group, _] if is_variable(name) && !is_variable(group) => {
                let message = format!(
                    "a member is named by its key, `{group}(..)`, and others by an index, `{group}({name} = ..)`",
                );
                return Err(syn::Error::new(name.span(), message));
            }
            _ => return Ok(()),
        }
    };
    Err(syn::Error::new_spanned(path, message))
}

/// What stands between the parentheses. All of it is read, since what is left would be a mistake of
/// its own.
pub(crate) fn all_of<T>(
    content: ParseStream<'_>,
    read: fn(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<Vec<T>> {
    let items = content.parse_terminated(read, Token![,]);
    if items.is_err() {
        content.parse::<TokenStream>()?;
    }
    Ok(items?.into_iter().collect())
}

/// Whether the parentheses name fields: `author = ..`, but not `a == b`.
fn is_field(content: ParseStream<'_>) -> bool {
    let fork = content.fork();
    fork.call(Ident::parse_any).is_ok() && fork.peek(Token![=]) && !fork.peek(Token![==])
}

fn check_distinct(sorted: &[Field]) -> syn::Result<()> {
    match sorted.windows(2).find(|pair| pair[0].name == pair[1].name) {
        Some(pair) => {
            let message = format!("`{}` is given twice", pair[1].name);
            Err(syn::Error::new(pair[1].name.span(), message))
        }
        None => Ok(()),
    }
}

/// `Book, key = pk` is `Book(pk)`: gives the last group a key.
pub(crate) fn member_by_key(groups: &mut Vec<Group>, word: &Ident, key: Expr) -> syn::Result<()> {
    let message = match groups.pop() {
        Some(Group::Whole(path)) => {
            groups.push(Group::Member(path, vec![key]));
            return Ok(());
        }
        Some(Group::Tag(tag)) => {
            groups.push(Group::Tag(tag));
            "a tag has no members: leave `key` out"
        }
        Some(keyed) => {
            groups.push(keyed);
            "the group before `key` has a key already"
        }
        None => "`key` names a member of the group before it: write `Book, key = pk` or `Book(pk)`",
    };
    Err(syn::Error::new(word.span(), message))
}

/// Reads the items between an attribute's commas, and goes on behind the next comma after a mistake.
pub(crate) fn parse_items(
    attribute: TokenStream,
    errors: &mut Errors,
    mut item: impl FnMut(ParseStream<'_>, &mut Errors) -> syn::Result<()>,
) {
    let parser = |input: ParseStream<'_>| {
        while !input.is_empty() {
            if let Err(error) = item(input, errors) {
                errors.add(error);
                skip_to_comma(input)?;
            }
            if !input.is_empty() && input.parse::<Token![,]>().is_err() {
                errors.add(input.error("expected `,`"));
                skip_to_comma(input)?;
                let _: Option<Token![,]> = input.parse()?;
            }
        }
        Ok(())
    };
    if let Err(error) = parser.parse2(attribute) {
        errors.add(error);
    }
}

/// Goes on behind a mistake.
pub(crate) fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

/// `crate = path`, where it is not given yet.
pub(crate) fn crate_option(input: ParseStream<'_>, krate: &mut Option<Path>) -> syn::Result<()> {
    let word: Token![crate] = input.parse()?;
    input.parse::<Token![=]>()?;
    match krate.replace(crate_path(input)?) {
        Some(_) => Err(syn::Error::new(word.span, "`crate` is given twice")),
        None => Ok(()),
    }
}

/// The path behind `crate =`.
pub(crate) fn crate_path(input: ParseStream<'_>) -> syn::Result<Path> {
    Path::parse_mod_style(input).map_err(|error| {
        let message = "say where the library is with a path, as in `crate = crate::gcache`";
        syn::Error::new(error.span(), message)
    })
}

/// The library at `krate`.
pub(crate) fn library(krate: Option<&Path>) -> TokenStream {
    krate.map_or_else(|| quote!(::gcache), ToTokens::to_token_stream)
}

/// The same, where the compiler takes `span` for its place.
pub(crate) fn library_at(krate: Option<&Path>, span: Span) -> TokenStream {
    let Some(path) = krate else { return quote_spanned!(span=> ::gcache) };
    // A path has no groups to enter, and its names must mean what they meant.
    let tokens = path.to_token_stream().into_iter().map(|mut token| {
        token.set_span(token.span().located_at(span));
        token
    });
    tokens.collect()
}

/// The module of generated code, of the library at `krate`.
pub(crate) fn private(krate: Option<&Path>) -> TokenStream {
    let library = library(krate);
    quote!(#library::__private::v1)
}

/// The same, where the compiler takes `span` for its place.
pub(crate) fn private_at(krate: Option<&Path>, span: Span) -> TokenStream {
    let library = library_at(krate, span);
    quote_spanned!(span=> #library::__private::v1)
}
