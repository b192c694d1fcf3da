//! The macros of `gcache`, which re-exports them and shows their use.

mod cached;
mod declare;
mod declared;
mod depends;
mod derive;
mod errors;
mod function;
mod future;
mod group;
mod group_value;
mod helpers;
mod list;
mod mutation;
mod place;
mod receiver;
mod renamed;
mod sharing;

use proc_macro::TokenStream;

/// Caches a function's results against groups.
#[proc_macro_attribute]
pub fn cache_against(attribute: TokenStream, item: TokenStream) -> TokenStream {
    cached::cache_against(attribute.into(), &item.into()).into()
}

/// Makes a model a group.
// Those of others are listed since the key, the table and its columns are read from them.
#[proc_macro_derive(Invalidates, attributes(group, sea_orm, sqlx, diesel))]
pub fn derive_invalidates(item: TokenStream) -> TokenStream {
    derive::invalidates(item.into()).into()
}

/// Makes a struct that is no model depend on groups.
#[proc_macro_derive(Depends, attributes(depends))]
pub fn derive_depends(item: TokenStream) -> TokenStream {
    depends::depends(item.into()).into()
}

/// Declares a group that is no model.
#[proc_macro]
pub fn group(input: TokenStream) -> TokenStream {
    declare::group(input.into()).into()
}

/// Makes a function end the groups that it changes.
#[proc_macro_attribute]
pub fn invalidates(attribute: TokenStream, item: TokenStream) -> TokenStream {
    mutation::invalidates(attribute.into(), &item.into()).into()
}

/// Ends groups.
#[proc_macro]
pub fn invalidate(input: TokenStream) -> TokenStream {
    list::invalidate(input.into()).into()
}

/// Makes the cached body that is running depend on groups.
#[proc_macro]
pub fn depends_on(input: TokenStream) -> TokenStream {
    list::depends_on(input.into()).into()
}
