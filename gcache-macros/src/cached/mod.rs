//! `#[cache_against(…)]`: parse, model, check, expand.

mod check;
mod expand;
mod model;
mod parse;

use crate::errors::Errors;
use proc_macro2::TokenStream;

/// The function as it was written, and what replaces it or explains why nothing can.
pub(crate) fn cache_against(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let options = parse::Options::parse(attribute, &mut errors);
    let function = match syn::parse2::<parse::Function>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.add(error);
            return with_errors(errors, item);
        }
    };
    let call = model::Call::new(&options, &function);
    check::check(&call, &mut errors);
    match errors.into_tokens() {
        Ok(()) => expand::expand(&call),
        Err(errors) => quote::quote!(#errors #item),
    }
}

fn with_errors(errors: Errors, item: TokenStream) -> TokenStream {
    let errors = errors.into_tokens().err();
    quote::quote!(#errors #item)
}
