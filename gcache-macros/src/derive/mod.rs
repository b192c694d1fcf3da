//! `#[derive(Invalidates)]`: attribute, model with its rules, expand.

mod attribute;
mod by_value;
mod expand;
mod foreign;
mod model;

pub(crate) use by_value::expand as by_value;
pub(crate) use model::{Index, Model, Part, check_parts, compound_index, others};

use crate::errors::Errors;
use proc_macro2::TokenStream;

/// The implementations and helpers of a model.
pub(crate) fn invalidates(item: TokenStream) -> TokenStream {
    let input = match syn::parse2::<syn::DeriveInput>(item) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    if foreign::is_extended_model(&input) {
        return TokenStream::new();
    }
    let mut errors = Errors::new();
    let model = Model::new(&input, &mut errors);
    match (errors.into_tokens(), model) {
        (Ok(()), Some(model)) => expand::expand(&model),
        (Ok(()), None) => TokenStream::new(),
        (Err(errors), _) => errors,
    }
}
