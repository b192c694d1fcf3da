//! The functions that stand beside a group: `invalidate_book(id)`.

use heck::ToSnakeCase as _;
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::ext::IdentExt as _;
use syn::{Type, Visibility};

/// A function that invalidates groups by a key or a value.
pub(crate) struct Helper<'a> {
    pub(crate) krate: &'a TokenStream,
    pub(crate) visibility: &'a Visibility,
    pub(crate) name: Ident,
    pub(crate) group: &'a Ident,
    pub(crate) parameters: Vec<(Ident, Type)>,
    pub(crate) named: Named,
}

/// What a helper's parameters name.
pub(crate) enum Named {
    /// A member, by its key.
    Member,
    /// Some members, by their value of an index.
    Index {
        /// The field of the index.
        field: Ident,
        /// The parameters in the order of the index.
        values: Vec<Ident>,
    },
}

impl Helper<'_> {
    pub(crate) fn expand(&self) -> TokenStream {
        let Self { krate, visibility, name, group, parameters, named } = self;
        let names = parameters.iter().map(|(name, _)| name);
        let types = parameters.iter().map(|(_, ty)| ty);
        let (docs, groups) = match named {
            Named::Member => {
                let docs = format!(
                    "Invalidates all that depends on one `{group}`, of which only the key is known."
                );
                let keys: Vec<&Ident> = parameters.iter().map(|(name, _)| name).collect();
                let member = match keys.as_slice() {
                    [one] => quote!(#krate::member::<#group>(#one)),
                    many => quote!(#krate::member_of_parts::<#group>((#(#many),*))),
                };
                (docs, member)
            }
            Named::Index { field, values } => {
                let docs = format!(
                    "Invalidates all that may depend on some `{group}` with this value, where it is not \
                     known which.",
                );
                let index = quote!(&#krate::indexes::<#group>().#field);
                let by = match values.as_slice() {
                    [one] => quote!(#krate::by::<#group, _>(#index, #one)),
                    many => quote!(#krate::by_parts::<#group, _>(#index, (#(#many),*))),
                };
                (docs, by)
            }
        };
        quote! {
            #[doc = #docs]
            #[allow(dead_code, unreachable_pub)]
            #[allow(clippy::impl_trait_in_params, clippy::needless_pass_by_value)]
            #visibility fn #name(#(#names: impl #krate::IntoKey<#types>),*) -> #krate::Invalidated {
                #krate::invalidate(&#groups)
            }
        }
    }
}

/// `HTTPPage` as `http_page`.
pub(crate) fn snake(ident: &Ident) -> String {
    ident.unraw().to_string().to_snake_case()
}
