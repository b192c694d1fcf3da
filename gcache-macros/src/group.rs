//! Groups as they are written in every macro: `Book`, `Book(pk)`, `Book(author = a)`, `"movies"`.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;
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
    /// `Book(author = a)`, or `Book(author = a, status = s)` for a compound index.
    By(Path, Vec<Field>),
}

/// `author = a`
pub(crate) struct Field {
    name: Ident,
    value: Expr,
}

impl Parse for Field {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.call(Ident::parse_any)?;
        input.parse::<Token![=]>()?;
        Ok(Self { name, value: input.parse()? })
    }
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
        if is_field(&content) {
            let fields = Punctuated::<Field, Token![,]>::parse_terminated(&content)?;
            let mut fields: Vec<Field> = fields.into_iter().collect();
            // As the derive names an index: whatever the order in which its fields are written.
            fields.sort_by_key(|field| field.name.unraw().to_string());
            check_distinct(&fields)?;
            return Ok(Self::By(path, fields));
        }
        let keys = Punctuated::<Expr, Token![,]>::parse_terminated(&content)?;
        if keys.is_empty() {
            let message = "name the member, as in `Book(pk)`, or leave the parentheses out";
            return Err(syn::Error::new(paren.span.join(), message));
        }
        Ok(Self::Member(path, keys.into_iter().collect()))
    }
}

/// Whether the parentheses name fields: `author = ..`, but not `a == b`.
fn is_field(content: ParseStream<'_>) -> bool {
    let fork = content.fork();
    fork.call(Ident::parse_any).is_ok() && fork.peek(Token![=]) && !fork.peek(Token![==])
}

fn check_distinct(sorted: &[Field]) -> syn::Result<()> {
    match sorted.windows(2).find(|pair| pair[0].name == pair[1].name) {
        Some(pair) => {
            let message = format!("`{}` is given twice", pair[1].name);
            Err(syn::Error::new(pair[1].name.span(), message))
        }
        None => Ok(()),
    }
}

/// The name of the index over `fields`, which are sorted.
pub(crate) fn index_name<'a>(fields: impl Iterator<Item = &'a Ident>) -> String {
    let fields: Vec<String> = fields.map(|field| field.unraw().to_string()).collect();
    fields.join("_and_")
}

impl Group {
    /// The expressions that name the member or the value.
    pub(crate) fn expressions(&self) -> Vec<&Expr> {
        match self {
            Self::Tag(_) | Self::Whole(_) => Vec::new(),
            Self::Member(_, keys) => keys.iter().collect(),
            Self::By(_, fields) => fields.iter().map(|field| &field.value).collect(),
        }
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
            Self::By(path, fields) => {
                let group = quote_spanned!(path.span()=> By::<#path, _>);
                let indexes = quote_spanned!(path.span()=> indexes::<#path>());
                let name = index_name(fields.iter().map(|field| &field.name));
                // A missing index is a missing field, which the compiler explains with the fields
                // that there are.
                let index = Ident::new(&name, fields[0].name.span());
                let index = quote!(&#krate::#indexes.#index);
                match fields.as_slice() {
                    [one] => {
                        let value = key(&one.value);
                        quote!(#krate::#group::new(#index, #value))
                    }
                    many => {
                        let values = many.iter().map(|field| key(&field.value));
                        quote!(#krate::#group::of_parts(#index, (#(#values),*)))
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

/// `Book, key = pk` is `Book(pk)`: gives the last group a key.
pub(crate) fn member_by_key(groups: &mut Vec<Group>, word: &Ident, key: Expr) -> syn::Result<()> {
    let message = match groups.pop() {
        Some(Group::Whole(path)) => {
            groups.push(Group::Member(path, vec![key]));
            return Ok(());
        }
        Some(Group::Tag(tag)) => {
            groups.push(Group::Tag(tag));
            "a tag has no members: leave `key` out"
        }
        Some(keyed) => {
            groups.push(keyed);
            "the group before `key` has a key already"
        }
        None => "`key` names a member of the group before it: write `Book, key = pk` or `Book(pk)`",
    };
    Err(syn::Error::new(word.span(), message))
}

/// Goes on behind a mistake.
pub(crate) fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

/// What stands in `invalidate!(…)` and `depends_on!(…)`: groups, and where the library is.
pub(crate) struct GroupList {
    pub(crate) groups: Vec<Group>,
    krate: Option<Path>,
}

impl Parse for GroupList {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut list = Self { groups: Vec::new(), krate: None };
        while !input.is_empty() {
            if input.peek(Token![crate]) && input.peek2(Token![=]) {
                input.parse::<Token![crate]>()?;
                input.parse::<Token![=]>()?;
                list.krate = Some(input.call(Path::parse_mod_style)?);
            } else {
                list.groups.push(input.parse()?);
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        if list.groups.is_empty() {
            return Err(input.error("name at least one group, as in `Book(pk)` or `\"movies\"`"));
        }
        Ok(list)
    }
}

impl GroupList {
    /// Where the library is.
    pub(crate) fn krate(&self) -> TokenStream {
        private(self.krate.as_ref())
    }

    /// The values that stand for the groups.
    pub(crate) fn expand(&self) -> TokenStream {
        let krate = self.krate();
        nest(self.groups.iter().map(|group| group.expand(&krate, |key| quote!(#key))))
    }
}

/// The module of generated code, of the library at `krate`.
pub(crate) fn private(krate: Option<&Path>) -> TokenStream {
    match krate {
        Some(path) => quote!(#path::__private),
        None => quote!(::gcache::__private),
    }
}
