//! The functions that stand beside a group: `invalidate_book(id)`.

use heck::ToSnakeCase as _;
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::ext::IdentExt as _;
use syn::{Type, Visibility};

/// A function that ends the groups of one member.
pub(crate) struct Helper<'a> {
    pub(crate) krate: &'a TokenStream,
    pub(crate) visibility: &'a Visibility,
    pub(crate) name: Ident,
    pub(crate) group: &'a Ident,
    pub(crate) parameters: Vec<(Ident, &'a Type)>,
}

impl Helper<'_> {
    pub(crate) fn expand(&self) -> TokenStream {
        let Self { krate, visibility, name, group, parameters } = self;
        let names: Vec<&Ident> = parameters.iter().map(|(name, _)| name).collect();
        let types = parameters.iter().map(|(_, ty)| ty);
        let docs =
            format!("Ends all that depends on one `{group}`, of which only the key is known.");
        let key = match names.as_slice() {
            [one] => quote!(#one),
            many => quote!((#(#krate::IntoKey::into_key(#many)),*)),
        };
        quote! {
            #[doc = #docs]
            #[allow(dead_code, unreachable_pub, clippy::needless_pass_by_value)]
            #visibility fn #name(#(#names: impl #krate::IntoKey<#types>),*) -> #krate::Bumped {
                #krate::invalidate_member::<#group>(#key)
            }
        }
    }
}

/// `HTTPPage` as `http_page`.
pub(crate) fn snake(ident: &Ident) -> String {
    ident.unraw().to_string().to_snake_case()
}
