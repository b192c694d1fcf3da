//! Mistakes, collected so that all of one item are reported together.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};

/// The mistakes found so far.
///
/// Must be read with [`Errors::into_tokens`]; dropped unread it panics, since a mistake that is not
/// reported lets a wrong program compile.
pub(crate) struct Errors(Option<Vec<syn::Error>>);

impl Errors {
    pub(crate) fn new() -> Self {
        Self(Some(Vec::new()))
    }

    /// Adds a mistake at `tokens`.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.add(syn::Error::new_spanned(tokens, message));
    }

    /// Adds a mistake where no token is to blame.
    pub(crate) fn at_span(&mut self, span: Span, message: impl std::fmt::Display) {
        self.add(syn::Error::new(span, message));
    }

    pub(crate) fn add(&mut self, error: syn::Error) {
        // There until `into_tokens`, which takes `self`.
        self.0.get_or_insert_default().push(error);
    }

    /// What an attribute makes of `item` if there are none, else the item as it was written, and what is wrong.
    pub(crate) fn or_expand(
        self,
        item: &TokenStream,
        expand: impl FnOnce() -> TokenStream,
    ) -> TokenStream {
        match self.into_tokens() {
            Ok(()) => expand(),
            Err(errors) => quote!(#errors #item),
        }
    }

    /// `Ok` if there are none, else a `compile_error!` for each.
    pub(crate) fn into_tokens(mut self) -> Result<(), TokenStream> {
        match self.0.take().unwrap_or_default() {
            errors if errors.is_empty() => Ok(()),
            errors => Err(errors.iter().map(syn::Error::to_compile_error).collect()),
        }
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        assert!(self.0.is_none() || std::thread::panicking(), "mistakes were not reported");
    }
}

/// ", did you mean `…`?" with the nearest of `known`, or nothing.
pub(crate) fn did_you_mean(
    word: &str,
    known: impl IntoIterator<Item = impl AsRef<str> + Ord>,
) -> String {
    let distance = |known: &str| strsim::damerau_levenshtein(word, known);
    let near = known.into_iter().map(|known| (distance(known.as_ref()), known));
    match near.min() {
        Some((distance, known)) if distance <= 1 + word.len() / 3 => {
            format!(", did you mean `{}`?", known.as_ref())
        }
        _ => String::new(),
    }
}
