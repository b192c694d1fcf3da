//! What generated code writes for a group.

use crate::function::bare;
use crate::group::{Group, library_at, private_at};
use crate::place::Place;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Expr, Path};

impl Group {
    /// The expressions that name the member or the value.
    pub(crate) fn expressions(&self) -> Vec<&Expr> {
        match self {
            Self::Tag(_) | Self::Whole(_) => Vec::new(),
            Self::Member(_, keys) => keys.iter().collect(),
            Self::By(_, fields) => fields.iter().map(|field| &field.value).collect(),
            Self::Optional(group) => group.expressions(),
        }
    }

    /// The group of all that this may be one of.
    pub(crate) fn all(&self) -> Self {
        match self {
            Self::Tag(tag) => Self::Tag(tag.clone()),
            Self::Whole(path) | Self::Member(path, _) | Self::By(path, _) => {
                Self::Whole(path.clone())
            }
            Self::Optional(group) => group.all(),
        }
    }

    /// The value that stands for the group at run time. `key` writes an expression so that it is
    /// not moved.
    ///
    /// All of it is at the path, so that what is no group is said there, and once.
    pub(crate) fn expand(
        &self,
        krate: Option<&Path>,
        key: impl Fn(&Expr) -> TokenStream,
    ) -> TokenStream {
        let keys: Vec<TokenStream> = self.expressions().into_iter().map(key).collect();
        self.expand_with(krate, &keys, false)
    }

    /// The same, with `keys` as they are written, which may be missing if it is `optional`.
    fn expand_with(
        &self,
        krate: Option<&Path>,
        keys: &[TokenStream],
        optional: bool,
    ) -> TokenStream {
        let at = match self {
            Self::Tag(_) | Self::Optional(_) => Span::call_site(),
            Self::Whole(path) | Self::Member(path, _) | Self::By(path, _) => path.span(),
        };
        let (library, private) = (library_at(krate, at), private_at(krate, at));
        let one_of = |plain, with_option| if optional { with_option } else { plain };
        match self {
            Self::Optional(group) => group.expand_with(krate, keys, true),
            Self::Tag(tag) => quote!(#library::tag(#tag)),
            Self::Whole(path) => quote_spanned!(at=> #library::whole::<#path>()),
            Self::Member(path, _) => {
                let member = one_of(
                    quote_spanned!(at=> #library::member),
                    quote_spanned!(at=> #private::optional_member),
                );
                let key = key_of(krate, at, keys, optional);
                quote_spanned!(at=> #member::<#path>(#key))
            }
            Self::By(path, fields) => {
                let by_index = one_of(
                    quote_spanned!(at=> #library::by_index),
                    quote_spanned!(at=> #private::optional_by_index),
                );
                let key = key_of(krate, at, keys, optional);
                let name = index_name(fields.iter().map(|field| &field.name));
                // A missing index is a missing field, which the compiler explains with the fields
                // that there are.
                let field = fields[0].name.span();
                // No item of the user's has that name, which a pattern would take for it.
                let indexes = Ident::new("__gcache_indexes", field);
                let index = index_field(&name, field);
                let index = quote_spanned!(field=> #indexes.#index.index());
                quote_spanned!(at=> #by_index::<#path, _>(|#indexes| #index, #key))
            }
        }
    }
}

/// One key, or one that is made of parts. Of optional ones that is an `Option`, and none where one of them is.
///
/// The parts are evaluated where they stand, and cloned in a closure, since a `Clone` may panic.
fn key_of(krate: Option<&Path>, at: Span, parts: &[TokenStream], optional: bool) -> TokenStream {
    if let [one] = parts {
        return one.clone();
    }
    // Calls at the path, too, that a lint does not take for the user's.
    let ours = Span::call_site().located_at(at);
    let (library, private) = (library_at(krate, ours), private_at(krate, ours));
    // At the part, and where no code of the user's stands.
    let name = |(at, part)| Ident::new(&format!("__gcache_part{at}"), Place::of(part).first);
    let names: Vec<Ident> = parts.iter().enumerate().map(name).collect();
    let own = if optional {
        quote_spanned! {ours=>
            match (#(#private::OptionalPart::part(#names)),*) {
                (#(::core::option::Option::Some(#names)),*) => ::core::option::Option::Some((#(#names),*)),
                _ => ::core::option::Option::None,
            }
        }
    } else {
        quote_spanned!(ours=> (#(#library::IntoKey::into_key(#names)),*))
    };
    let parts = quote_spanned!(ours=> match (#(#parts),*) { (#(#names),*) => #private::parts(move || #own) });
    quote_spanned!(at=> { #parts })
}

/// The name of the index over `fields`, which are sorted.
pub(crate) fn index_name<'a>(fields: impl Iterator<Item = &'a Ident>) -> String {
    let fields: Vec<String> = fields.map(|field| field.unraw().to_string()).collect();
    fields.join("_and_")
}

/// The field that holds the index of this name: raw, since it may be a keyword, of any edition.
pub(crate) fn index_field(name: &str, span: Span) -> Ident {
    Ident::new_raw(name, span)
}

/// An expression as a key: a variable by reference, since what stands behind it wants it too.
pub(crate) fn by_reference(expr: &Expr) -> TokenStream {
    if is_place(expr) { borrowed(expr) } else { expr.to_token_stream() }
}

/// A reference to what an expression is, at its place.
pub(crate) fn borrowed(expr: &Expr) -> TokenStream {
    let Place { first, .. } = Place::of(expr);
    quote_spanned!(first=> &#expr)
}

/// Whether an expression is a variable or a part of one, which would be moved where a key is given by
/// value.
fn is_place(expr: &Expr) -> bool {
    match bare(expr) {
        Expr::Path(path) => path.path.get_ident().is_some_and(is_variable),
        Expr::Field(field) => !matches!(&*field.base, Expr::Path(_)) || is_place(&field.base),
        Expr::Index(_) | Expr::Unary(syn::ExprUnary { op: syn::UnOp::Deref(_), .. }) => true,
        _ => false,
    }
}

/// Whether, by its looks, it is no constant.
pub(crate) fn is_variable(name: &Ident) -> bool {
    name.unraw().to_string().starts_with(|first: char| first.is_lowercase() || first == '_')
}

/// Groups nested as the runtime takes them: `(first, (second, ()))`.
pub(crate) fn nest(items: impl DoubleEndedIterator<Item = TokenStream>) -> TokenStream {
    items.rev().fold(quote!(()), |rest, item| quote!((#item, #rest)))
}
