//! The expansion of a model. Takes a valid one and cannot fail.

use super::parse::{Model, Part};
use crate::helpers::{Helper, snake};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// The group of a model, its ledger, and its helper functions.
///
/// ```text
/// // Input:
/// #[derive(Invalidates)]
/// pub struct Book { id: u64 }
///
/// // Output:
/// const _: () = {
///     impl Group for Book { type Key = u64; fn ledger() -> … { static LEDGER: …; &LEDGER } }
///     impl Invalidates for Book { fn group_key(&self) -> u64 { self.id.clone() } }
/// };
/// pub fn invalidate_book(id: impl IntoKey<u64>) -> Bumped { … }
/// ```
pub(crate) fn expand(model: &Model<'_>) -> TokenStream {
    let ident = model.ident;
    let krate = match &model.krate {
        Some(path) => quote!(#path::__private),
        None => quote!(::gcache::__private),
    };
    let name = match &model.name {
        Some(name) => quote!(#name),
        None => {
            let name = ident.to_string();
            quote!(::core::concat!(::core::module_path!(), "::", #name))
        }
    };
    let key_type = tuple(model.key.iter().map(|part| {
        let ty = part.ty;
        quote!(#ty)
    }));
    let key_value = tuple(
        model
            .key
            .iter()
            .map(|Part { ident, .. }| quote!(::core::clone::Clone::clone(&self.#ident))),
    );
    let helper = (!model.no_helpers).then(|| {
        let helper = Helper {
            krate: &krate,
            visibility: model.visibility,
            name: format_ident!("invalidate_{}", snake(ident), span = ident.span()),
            group: ident,
            parameters: model.key.iter().map(|part| (part.ident.clone(), part.ty)).collect(),
        };
        helper.expand()
    });
    quote! {
        const _: () = {
            impl #krate::Group for #ident {
                type Key = #key_type;

                fn ledger() -> &'static #krate::Ledger<Self::Key> {
                    static LEDGER: #krate::Ledger<#key_type> = #krate::Ledger::new(#name, &[]);
                    &LEDGER
                }
            }

            impl #krate::Invalidates for #ident {
                fn group_key(&self) -> Self::Key {
                    #key_value
                }
            }
        };

        #helper
    }
}

/// One item as it is, several as a tuple.
fn tuple(items: impl Iterator<Item = TokenStream>) -> TokenStream {
    let mut items: Vec<TokenStream> = items.collect();
    if items.len() == 1 { items.remove(0) } else { quote!((#(#items),*)) }
}
