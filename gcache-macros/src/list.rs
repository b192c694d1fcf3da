//! `invalidate!(…)` and `depends_on!(…)`: lists of groups.

use crate::group::{Group, crate_option, library};
use crate::group_value::{borrowed, by_reference, nest};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned as _;
use syn::{Expr, Path, Token};

/// `invalidate!(Book(pk), "movies")`, or `invalidate!(in transaction: Book(pk))`.
pub(crate) fn invalidate(input: TokenStream) -> TokenStream {
    call(input, |list, groups| {
        let krate = library(list.krate.as_ref());
        match &list.transaction {
            None => quote!(#krate::invalidate(&#groups)),
            Some((_, transaction)) => {
                let lent = borrowed(transaction);
                // At the transaction, so that what is none is said there.
                quote_spanned!(transaction.span()=> #krate::Transaction::invalidate(#lent, &#groups))
            }
        }
    })
}

/// `depends_on!(Book(pk), "movies")`
pub(crate) fn depends_on(input: TokenStream) -> TokenStream {
    call(input, |list, groups| match &list.transaction {
        None => {
            let krate = library(list.krate.as_ref());
            quote!(#krate::depends_on(&#groups))
        }
        Some((word, transaction)) => {
            let message = format!(
                "a dependency is noted at once, in whatever transaction: leave `in {}:` out",
                transaction.to_token_stream(),
            );
            syn::Error::new(word.span, message).to_compile_error()
        }
    })
}

/// A call of the runtime with the groups, by what was read and the groups as written.
fn call(
    input: TokenStream,
    write: impl FnOnce(&GroupList, TokenStream) -> TokenStream,
) -> TokenStream {
    let list: GroupList = match syn::parse2(input) {
        Ok(list) => list,
        Err(error) => return error.to_compile_error(),
    };
    let krate = list.krate.as_ref();
    let groups = nest(list.groups.iter().map(|group| group.expand(krate, by_reference)));
    write(&list, groups)
}

/// Groups, and where the library is.
struct GroupList {
    /// `in transaction:`
    transaction: Option<(Token![in], Expr)>,
    groups: Vec<Group>,
    krate: Option<Path>,
}

impl Parse for GroupList {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let transaction = input.parse::<Option<Token![in]>>()?;
        let transaction = transaction.map(|word| transaction_behind(word, input)).transpose()?;
        let mut list = Self { transaction, groups: Vec::new(), krate: None };
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

/// `transaction:`, behind `in`.
fn transaction_behind(word: Token![in], input: ParseStream<'_>) -> syn::Result<(Token![in], Expr)> {
    const HOW: &str = "name the transaction, then a colon and the groups: `in changed: Book(pk)`";
    let transaction = input.parse().map_err(|error| syn::Error::new(error.span(), HOW))?;
    if input.parse::<Option<Token![:]>>()?.is_none() {
        return Err(syn::Error::new(word.span, HOW));
    }
    Ok((word, transaction))
}
