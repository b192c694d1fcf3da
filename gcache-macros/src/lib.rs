//! The macros of [gcache](https://docs.rs/gcache), which re-exports them and shows their use.

mod cached;
mod declare;
mod derive;
mod errors;
mod group;
mod helpers;

use proc_macro::TokenStream;

/// Caches a function's results against groups.
#[proc_macro_attribute]
pub fn cache_against(attribute: TokenStream, item: TokenStream) -> TokenStream {
    cached::cache_against(attribute.into(), item.into()).into()
}

/// Makes a model a group.
#[proc_macro_derive(Invalidates, attributes(group))]
pub fn invalidates(item: TokenStream) -> TokenStream {
    derive::invalidates(item.into()).into()
}

/// Declares a group that is no model.
#[proc_macro]
pub fn group(input: TokenStream) -> TokenStream {
    declare::group(input.into()).into()
}
