//! Where the compiler's own errors point.

use proc_macro2::{Ident, Span};
use quote::ToTokens;

/// The first and the last place of what a user wrote.
///
/// The compiler underlines an expression from its first token to its last, so generated code that
/// begins at the one and ends at the other has its errors shown at all of what was written.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) first: Span,
    pub(crate) last: Span,
}

impl Place {
    pub(crate) fn of(tokens: &impl ToTokens) -> Self {
        let mut spans = tokens.to_token_stream().into_iter().map(|token| token.span());
        let first = spans.next().unwrap_or_else(Span::call_site);
        Self { first, last: spans.last().unwrap_or(first) }
    }
}

/// A name that the user's code cannot see. An item of the user's would be taken for it in a pattern,
/// so it is one that no item has.
pub(crate) fn hidden(name: &str, span: Span) -> Ident {
    Ident::new(&format!("__gcache_{name}"), Span::mixed_site().located_at(span))
}

/// The same name, which means what it meant, as if it stood at `span`.
pub(crate) fn name_at(name: &Ident, span: Span) -> Ident {
    let mut name = name.clone();
    name.set_span(name.span().located_at(span));
    name
}
