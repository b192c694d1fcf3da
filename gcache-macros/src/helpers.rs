//! The functions that stand beside a group: `invalidate_book(id)`.

use crate::group::{Group, library};
use heck::ToSnakeCase as _;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::{Attribute, Path, Type, Visibility};

/// A function that invalidates a group.
pub(crate) struct Helper<'a> {
    /// What it stands under.
    pub(crate) cfg: &'a [&'a Attribute],
    pub(crate) krate: Option<&'a Path>,
    pub(crate) visibility: &'a Visibility,
    pub(crate) name: Ident,
    pub(crate) docs: String,
    /// What the expressions of the group name.
    pub(crate) parameters: Vec<(&'a Ident, &'a Type)>,
    pub(crate) group: Group,
}

impl Helper<'_> {
    pub(crate) fn expand(&self) -> TokenStream {
        let Self { cfg, krate, visibility, name, docs, parameters, group } = self;
        let names = parameters.iter().map(|(name, _)| name);
        let types = parameters.iter().map(|(_, ty)| ty);
        let group = group.expand(*krate, ToTokens::to_token_stream);
        let krate = library(*krate);
        quote! {
            #(#cfg)*
            #[doc = #docs]
            #[allow(dead_code, unreachable_pub, clippy::absolute_paths)]
            #[allow(clippy::impl_trait_in_params, clippy::needless_pass_by_value)]
            #visibility fn #name(#(#names: impl #krate::IntoKey<#types>),*) -> #krate::Invalidated {
                #krate::invalidate(&#group)
            }
        }
    }
}

/// `HTTPPage` as `http_page`.
pub(crate) fn snake(ident: &Ident) -> String {
    ident.unraw().to_string().to_snake_case()
}
