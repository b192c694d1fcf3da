//! By which name other processes know a group, and which of its keys they learn.

use crate::group::private;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::ParseStream;
use syn::{LitStr, Path};

/// What an item says of it.
#[derive(Default)]
pub(crate) struct Sharing {
    pub(crate) name: Option<LitStr>,
    /// Others have nothing to do with the group.
    pub(crate) local: bool,
    /// Others learn no key.
    pub(crate) secret: bool,
}

const BOTH: &str =
    "a local group is told to nobody, and so hides its keys anyway: leave `secret` out";

impl Sharing {
    /// To be asked once a flag is set.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        if self.local && self.secret { Err(BOTH) } else { Ok(()) }
    }

    /// The name, as an expression.
    pub(crate) fn name(&self, ident: &Ident) -> TokenStream {
        match &self.name {
            Some(name) => name.to_token_stream(),
            None => {
                let name = ident.to_string();
                quote!(::core::concat!(::core::module_path!(), "::", #name))
            }
        }
    }

    /// How keys of the type `key` are told, as an expression.
    pub(crate) fn codec(&self, krate: Option<&Path>, key: &TokenStream) -> TokenStream {
        let private = private(krate);
        match (self.local, self.secret) {
            (true, _) => quote!(#private::Codec::Local),
            (_, true) => quote!(#private::Codec::Secret),
            _ => quote!(#private::codec!(#key)),
        }
    }
}

/// The text behind `name =`.
pub(crate) fn group_name(input: ParseStream<'_>) -> syn::Result<LitStr> {
    let name: LitStr = input.parse()?;
    match name.value().as_str() {
        "" => Err(syn::Error::new(
            name.span(),
            "other processes know the group by its name: write one, or leave `name` out",
        )),
        "*" => Err(syn::Error::new(name.span(), "`*` stands for all groups: write another name")),
        _ => Ok(name),
    }
}
