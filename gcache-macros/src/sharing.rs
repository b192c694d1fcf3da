//! By which name other processes know a group, and which of its keys they learn.

use crate::group::private;
use proc_macro2::{Ident, TokenStream, TokenTree};
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
    /// The table whose rows its members are.
    pub(crate) table: Option<LitStr>,
}

const BOTH: &str =
    "a local group is told to nobody, and so hides its keys anyway: leave `secret` out";

const LOCAL_TABLE: &str = "others who write to the table have something to do with the group: leave `local` or `table` out";

impl Sharing {
    /// To be asked once a flag is set.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        match (self.local, self.secret, &self.table) {
            (true, true, _) => Err(BOTH),
            (true, _, Some(_)) => Err(LOCAL_TABLE),
            _ => Ok(()),
        }
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

    /// How keys of the type `key`, which the program has `written` so, are told, as an expression.
    pub(crate) fn codec(
        &self,
        krate: Option<&Path>,
        key: &TokenStream,
        written: &TokenStream,
    ) -> TokenStream {
        let private = private(krate);
        match (self.local, self.secret) {
            (true, _) => quote!(#private::Codec::Local),
            (_, true) => quote!(#private::Codec::Secret),
            // No text lives long enough to read it from. To ask the compiler would be an error.
            _ if has_reference(written) => quote!(#private::Codec::Borrowed),
            _ => quote!(#private::codec!(#key)),
        }
    }
}

/// Whether a type is, or has in it, one as `&'static str`.
fn has_reference(written: &TokenStream) -> bool {
    written.clone().into_iter().any(|token| match token {
        TokenTree::Punct(punct) => punct.as_char() == '&',
        TokenTree::Group(group) => has_reference(&group.stream()),
        _ => false,
    })
}

/// Where a column is said and no table is.
pub(crate) const COLUMN_OF_NO_TABLE: &str =
    "a column is one of a table: say which, with `table = \"..\"`, or leave this out";

/// The text behind `table =`.
pub(crate) fn table_name(input: ParseStream<'_>) -> syn::Result<LitStr> {
    name_or(input, "write the name of the table, as in `\"blog.article\"`")
}

/// The text behind `column =`.
pub(crate) fn column_name(input: ParseStream<'_>) -> syn::Result<LitStr> {
    name_or(input, "write the name of the column, as in `\"article_id\"`")
}

/// A text that is not empty.
fn name_or(input: ParseStream<'_>, message: &str) -> syn::Result<LitStr> {
    let name: LitStr = input.parse()?;
    if name.value().is_empty() {
        return Err(syn::Error::new(name.span(), message));
    }
    Ok(name)
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
