//! A body under other circumstances than those in which it was written.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use std::iter::Peekable;

/// A body that stands as a block in another one. Where it is an expression alone, the compiler would call
/// its braces needless, did it not take them for a macro's.
pub(crate) fn in_macro(body: &Group) -> TokenStream {
    let ends = |token: TokenTree| matches!(token, TokenTree::Punct(sign) if sign.as_char() == ';');
    let mut body = body.clone();
    if !body.stream().into_iter().any(ends) {
        body.set_span(Span::mixed_site().located_at(body.span()));
    }
    TokenTree::from(body).into()
}

/// The tokens of a body with `name` in the place of each `self`, but for paths, imports and items.
pub(crate) fn renamed(tokens: TokenStream, name: &Ident) -> TokenStream {
    let mut renamed = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(ident) if ident == "self" && !is_colon(tokens.peek()) => {
                let mut name = name.clone();
                name.set_span(name.span().located_at(ident.span()));
                renamed.extend([TokenTree::from(name)]);
            }
            TokenTree::Ident(ident) if begins_item(&ident, tokens.peek()) => {
                renamed.extend([TokenTree::from(ident)]);
                renamed.extend(rest_of_item(&mut tokens));
            }
            TokenTree::Group(group) => {
                let mut inside = Group::new(group.delimiter(), self::renamed(group.stream(), name));
                inside.set_span(group.span());
                renamed.extend([TokenTree::from(inside)]);
            }
            other => renamed.extend([other]),
        }
    }
    renamed
}

fn is_colon(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Punct(sign)) if sign.as_char() == ':')
}

/// Whether an item begins, which has a `self` of its own or none.
fn begins_item(word: &Ident, next: Option<&TokenTree>) -> bool {
    match word.to_string().as_str() {
        "fn" => matches!(next, Some(TokenTree::Ident(_))),
        "use" | "impl" | "trait" | "mod" => true,
        _ => false,
    }
}

/// What is left of an item: to its braces or its semicolon.
fn rest_of_item(
    tokens: &mut Peekable<impl Iterator<Item = TokenTree>>,
) -> impl Iterator<Item = TokenTree> {
    let mut rest = Vec::new();
    for token in tokens {
        let last = match &token {
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            TokenTree::Punct(sign) => sign.as_char() == ';',
            _ => false,
        };
        rest.push(token);
        if last {
            break;
        }
    }
    rest.into_iter()
}
