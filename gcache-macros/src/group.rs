//! Groups as they are written in every macro: `Book`, `Book(pk)`, `Book(author = a)`, `"movies"`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, LitStr, Path, Token};

/// A group as written.
pub(crate) enum Group {
    /// `"movies"`
    Tag(LitStr),
    /// `Book`
    Whole(Path),
    /// `Book(pk)`, or `Line(order, number)` for a compound key.
    Member(Path, Vec<Expr>),
}

impl Parse for Group {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) {
            return Ok(Self::Tag(input.parse()?));
        }
        let path = Path::parse_mod_style(input)?;
        if !input.peek(syn::token::Paren) {
            return Ok(Self::Whole(path));
        }
        let content;
        let paren = syn::parenthesized!(content in input);
        let keys = Punctuated::<Expr, Token![,]>::parse_terminated(&content)?;
        if keys.is_empty() {
            let message = "name the member, as in `Book(pk)`, or leave the parentheses out";
            return Err(syn::Error::new(paren.span.join(), message));
        }
        Ok(Self::Member(path, keys.into_iter().collect()))
    }
}

impl Group {
    /// The expressions that name the member.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let expressions = match self {
            Self::Tag(_) | Self::Whole(_) => &[],
            Self::Member(_, keys) => keys.as_slice(),
        };
        expressions.iter()
    }

    /// The value that stands for the group at run time. `key` writes an expression so that it is
    /// not moved.
    pub(crate) fn expand(
        &self,
        krate: &TokenStream,
        key: impl Fn(&Expr) -> TokenStream,
    ) -> TokenStream {
        match self {
            Self::Tag(tag) => quote!(#krate::Member::<#krate::Tag>::new(#tag)),
            Self::Whole(path) => {
                let group = quote_spanned!(path.span()=> Whole::<#path>);
                quote!(#krate::#group::new())
            }
            Self::Member(path, keys) => {
                let group = quote_spanned!(path.span()=> Member::<#path>);
                match keys.as_slice() {
                    [one] => {
                        let one = key(one);
                        quote!(#krate::#group::new(#one))
                    }
                    many => {
                        let many = many.iter().map(key);
                        quote!(#krate::#group::of_parts((#(#many),*)))
                    }
                }
            }
        }
    }
}

/// Groups nested as the runtime takes them: `(first, (second, ()))`.
pub(crate) fn nest(items: impl DoubleEndedIterator<Item = TokenStream>) -> TokenStream {
    items.rev().fold(quote!(()), |rest, item| quote!((#item, #rest)))
}
