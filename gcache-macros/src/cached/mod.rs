//! `#[cache_against(…)]`: parse, model, check, expand.

mod check;
mod expand;
mod model;
mod parse;

use crate::errors::Errors;
use crate::function::Function;
use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser as _};

/// The function as it was written, and what replaces it or explains why nothing can.
pub(crate) fn cache_against(attribute: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let written = attribute.to_string();
    let options = parse::Options::parse(attribute, &mut errors);
    let parse_function = |input: ParseStream<'_>| Function::parse_for("cache_against", input);
    let function = match parse_function.parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.add(error);
            return errors.or_expand(item, TokenStream::new);
        }
    };
    let call = model::Call::new(&options, &function, written);
    check::check(&call, &mut errors);
    errors.or_expand(item, || expand::expand(&call))
}
