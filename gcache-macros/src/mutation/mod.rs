//! `#[invalidates]`: parse, check, expand.

mod check;
mod expand;
mod parse;

use crate::errors::Errors;
use proc_macro2::TokenStream;

/// The function or the block of methods as it was written, and what replaces it or explains why
/// nothing can.
pub(crate) fn invalidates(attribute: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let options = parse::Options::parse(attribute, &mut errors);
    let target = match syn::parse2::<parse::Target>(item.clone()) {
        Ok(target) => target,
        Err(error) => {
            errors.add(error);
            return errors.or_expand(item, TokenStream::new);
        }
    };
    check::check(&options, &target, &mut errors);
    errors.or_expand(item, || expand::expand(&options, &target))
}
