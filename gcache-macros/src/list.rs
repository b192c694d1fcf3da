//! `invalidate!(…)` and `depends_on!(…)`: lists of groups.

use crate::group::{Group, by_reference, crate_option, library, nest};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Path, Token};

/// `invalidate!(Book(pk), "movies")`
pub(crate) fn invalidate(input: TokenStream) -> TokenStream {
    call(input, &format_ident!("invalidate"))
}

/// `depends_on!(Book(pk), "movies")`
pub(crate) fn depends_on(input: TokenStream) -> TokenStream {
    call(input, &format_ident!("depends_on"))
}

/// A call of the runtime with the groups.
fn call(input: TokenStream, function: &Ident) -> TokenStream {
    let list: GroupList = match syn::parse2(input) {
        Ok(list) => list,
        Err(error) => return error.to_compile_error(),
    };
    let krate = list.krate.as_ref();
    let groups = nest(list.groups.iter().map(|group| group.expand(krate, by_reference)));
    let krate = library(krate);
    quote!(#krate::#function(&#groups))
}

/// Groups, and where the library is.
struct GroupList {
    groups: Vec<Group>,
    krate: Option<Path>,
}

impl Parse for GroupList {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut list = Self { groups: Vec::new(), krate: None };
        while !input.is_empty() {
            if input.peek(Token![crate]) && input.peek2(Token![=]) {
                crate_option(input, &mut list.krate)?;
            } else {
                list.groups.push(input.parse()?);
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        if list.groups.is_empty() {
            let message = "name at least one group, as in `Book(pk)` or `\"movies\"`";
            return Err(syn::Error::new(Span::call_site(), message));
        }
        Ok(list)
    }
}
