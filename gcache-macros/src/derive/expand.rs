//! The expansion of a model. Takes a valid one and cannot fail.

use super::model::{Index, Model, Part};
use crate::group::{Field, Group, library, private};
use crate::group_value::{index_field, nest};
use crate::helpers::{Helper, snake};
use crate::place::{hidden, name_at};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use std::collections::BTreeSet;
use syn::spanned::Spanned;
use syn::{Expr, Path, parse_quote};

/// The group of a model, its generations, its indexes, and its helper functions.
///
/// The statics have longer names than in the picture, since the user's types stand beside them and may
/// name constants.
///
/// ```text
/// // Input:
/// #[derive(Invalidates)]
/// pub struct Book { id: u64, #[group(index)] author: u64 }
///
/// // Output:
/// const _: () = {
///     pub enum IndexOfBook0 {} // as visible as the model
///     impl IndexBy for IndexOfBook0 { type Value = u64; }
///     pub struct IndexesOfBook { pub author: Index<IndexOfBook0>, pub id: NotIndexed<Book> }
///     const NAME: &str = …;
///     const TABLE: option::Option<&Table> = option::Option::None;
///     static INDEXES: IndexesOfBook = IndexesOfBook {
///         author: Index::<IndexOfBook0>::new(NAME, "author", codec!(…), TABLE, |value, visitor| {}, …),
///         id: NotIndexed::NEW,
///     };
///     impl Indexed for Book { type Indexes = IndexesOfBook; … }
///     static INDEX_VALUES: &[&dyn ErasedKeyed] = &[Index::values(&INDEXES.author)];
///     static GENERATIONS: ModelGenerations<u64> = ModelGenerations::of::<Book>(NAME, codec!(…), TABLE, INDEX_VALUES);
///     impl Group for Book { type Key = u64; … }
///     impl Groups for Book { … }
///     impl Rows for Book { … }
///     impl Invalidates for Book {
///         type RowValues = (By<Self, IndexOfBook0>, ());
///         fn row_key(&self) -> Self::Key { <u64 as Clone>::clone(&self.id) }
///         fn row_values(&self) -> Self::RowValues { … }
///         fn key_fields() -> &'static [&'static str] { &["id"] }
///         fn indexed_fields() -> &'static [&'static str] { &["author"] }
///     }
/// };
/// pub fn invalidate_book(id: impl IntoKey<u64>) -> Invalidated { invalidate(&member::<Book>(id)) }
/// pub fn invalidate_book_by_author(author: impl IntoKey<u64>) -> Invalidated {
///     invalidate(&by_index::<Book, _>(|indexes| indexes.author.index(), author))
/// }
/// ```
pub(crate) fn expand(model: &Model<'_>) -> TokenStream {
    around(model, &rows(model))
}

/// The group, its indexes and helpers, around `rest`.
pub(super) fn around(model: &Model<'_>, rest: &TokenStream) -> TokenStream {
    let (group, indexes) = (group(model), indexes(model));
    let helpers = (!model.no_helpers).then(|| helpers(model));
    let cfg = &model.cfg;
    quote! {
        #(#cfg)*
        const _: () = {
            #indexes
            #group
            #rest
        };

        #helpers
    }
}

fn group(model: &Model<'_>) -> TokenStream {
    let (krate, private) = (library(model.krate.as_ref()), private(model.krate.as_ref()));
    let ident = model.ident;
    let key = types(&model.key);
    let of_group = quote!(<#ident as #krate::Group>::Key);
    let codec = model.sharing.codec(model.krate.as_ref(), &of_group, &key);
    let fields = model.indexes.iter().map(field);
    quote! {
        static __GCACHE_INDEX_VALUES: &[&dyn #private::ErasedKeyed] = &[#(#krate::Index::values(&__GCACHE_INDEXES.#fields)),*];
        static __GCACHE_GENERATIONS: #private::ModelGenerations<#key> = #private::ModelGenerations::of::<#ident>(__GCACHE_NAME, #codec, __GCACHE_TABLE, __GCACHE_INDEX_VALUES);

        impl #krate::Group for #ident {
            type Key = #key;
            type Itself = Self;

            fn generations() -> &'static #private::ModelGenerations<Self::Key> {
                &__GCACHE_GENERATIONS
            }
        }
    }
}

/// The table that it stands for, if it does.
fn table(model: &Model<'_>) -> TokenStream {
    let Some(name) = &model.table else { return quote!(::core::option::Option::None) };
    let krate = library(model.krate.as_ref());
    let columns = |parts: &[Part<'_>]| {
        let columns = parts.iter().map(|part| {
            let field = part.name();
            let column = model.columns.get(&field).unwrap_or(&field);
            quote!(#krate::Column::new(#field, #column))
        });
        quote!(&[#(#columns),*])
    };
    let key = columns(&model.key);
    let indexes = model.indexes.iter().map(|index| columns(&index.parts));
    quote!(::core::option::Option::Some(&#krate::Table::new(#name, #key, &[#(#indexes),*])))
}

fn indexes(model: &Model<'_>) -> TokenStream {
    let (krate, private) = (library(model.krate.as_ref()), private(model.krate.as_ref()));
    let ident = model.ident;
    let indexes = format_ident!("IndexesOf{}", ident);
    let fields: Vec<Ident> = model.indexes.iter().map(field).collect();
    let (name, table) = (model.sharing.name(ident), table(model));
    let others = model.others.iter().map(|part| index_field(&part.name(), part.ident.span()));
    let others: Vec<Ident> = others.collect();
    let markers = markers(model);
    let types = model.indexes.iter().map(|index| types(&index.parts));
    let with_markers = model.indexes.iter().zip(&markers);
    let relations = with_markers.map(|(index, marker)| relations(model, index, marker));
    // No more visible than the model, whose fields may be of types that are as private as it is.
    let visibility = model.visibility;
    quote! {
        #(
            #[doc(hidden)]
            #[allow(unreachable_pub, missing_debug_implementations)]
            #visibility enum #markers {}

            impl #krate::IndexBy for #markers {
                type Value = #types;
            }
        )*

        #[doc(hidden)]
        #[allow(unreachable_pub, missing_docs, private_interfaces, clippy::pub_underscore_fields)]
        pub struct #indexes {
            #(pub #fields: #krate::Index<#markers>,)*
            #(pub #others: #private::NotIndexed<#ident>,)*
        }

        const __GCACHE_NAME: &::core::primitive::str = #name;
        const __GCACHE_TABLE: ::core::option::Option<&#krate::Table> = #table;
        static __GCACHE_INDEXES: #indexes = #indexes { #(#fields: #krate::Index::<#markers>::new #relations,)* #(#others: #private::NotIndexed::NEW,)* };

        #[allow(private_interfaces)]
        impl #krate::Indexed for #ident {
            type Indexes = #indexes;

            fn indexes() -> &'static Self::Indexes {
                &__GCACHE_INDEXES
            }
        }
    }
}

/// An index with what it has to do with the others.
fn relations(model: &Model<'_>, index: &Index<'_>, marker: &Ident) -> TokenStream {
    let (krate, private) = (library(model.krate.as_ref()), private(model.krate.as_ref()));
    let narrower: Vec<&Index<'_>> =
        model.indexes.iter().filter(|other| index.is_wider_than(other)).collect();
    let fields: Vec<Ident> = narrower.iter().map(|other| field(other)).collect();
    let values: Vec<TokenStream> = narrower.iter().map(|other| project(index, other)).collect();
    let unrelated = model.indexes.iter().filter(|other| {
        other.name() != index.name() && !index.is_wider_than(other) && !other.is_wider_than(index)
    });
    let unrelated = unrelated.map(field);
    let at = Span::call_site();
    let (value, visitor) = (hidden("value", at), hidden("visitor", at));
    let name = index.name();
    let of_index = quote!(<#marker as #krate::IndexBy>::Value);
    let codec = model.sharing.codec(model.krate.as_ref(), &of_index, &types(&index.parts));
    quote! {
        (
            __GCACHE_NAME,
            #name,
            #codec,
            __GCACHE_TABLE,
            |#value, #visitor| { #(#krate::Index::accept_wider(&__GCACHE_INDEXES.#fields, &#values, #visitor);)* },
            {
                static UNRELATED: &[&dyn #private::ErasedKeyed] = &[#(#krate::Index::values(&__GCACHE_INDEXES.#unrelated)),*];
                UNRELATED
            },
        )
    }
}

/// The part of a wide index's value that is the value of a narrower one.
fn project(wide: &Index<'_>, narrow: &Index<'_>) -> TokenStream {
    let value = hidden("value", Span::call_site());
    let at = narrow.parts.iter().map(|part| {
        let at = wide.parts.iter().position(|wide| wide.ident == part.ident).unwrap_or_default();
        let at = syn::Index::from(at);
        quote!(::core::clone::Clone::clone(&#value.#at))
    });
    tuple(at)
}

fn rows(model: &Model<'_>) -> TokenStream {
    let (krate, private) = (library(model.krate.as_ref()), private(model.krate.as_ref()));
    let ident = model.ident;
    // Ours, whatever macro the fields come from.
    let this = quote!(self);
    let of = |field: &Ident| quote_spanned!(field.span()=> #this.#field);
    let (row_values_type, key, row_values) = row(model, of);
    let visitor = hidden("visitor", Span::call_site());
    let key_fields = model.key.iter().map(Part::name);
    let indexed_fields: BTreeSet<String> =
        model.indexes.iter().flat_map(|index| &index.parts).map(Part::name).collect();
    let indexed_fields = indexed_fields.iter();
    quote! {
        impl #krate::Groups for #ident {
            fn accept(&self, #visitor: &mut #private::Visitor<'_>) {
                #krate::Invalidates::accept_row(self, #visitor);
            }
        }

        impl #krate::Rows for #ident {
            fn accept_unknown(#visitor: &mut #private::Visitor<'_>) {
                #krate::Groups::accept(&#krate::whole::<Self>(), #visitor);
            }
        }

        #[allow(private_interfaces, clippy::unused_unit)]
        impl #krate::Invalidates for #ident {
            type RowValues = #row_values_type;

            fn row_key(&self) -> Self::Key {
                #key
            }

            fn row_values(&self) -> Self::RowValues {
                #row_values
            }

            fn key_fields() -> &'static [&'static ::core::primitive::str] {
                &[#(#key_fields),*]
            }

            fn indexed_fields() -> &'static [&'static ::core::primitive::str] {
                &[#(#indexed_fields),*]
            }
        }
    }
}

fn helpers(model: &Model<'_>) -> TokenStream {
    let ident = model.ident;
    let snake = snake(ident);
    let helper = |name: String, parts: &[Part<'_>], docs, group| {
        let parameters = parts.iter().map(|part| (part.ident, part.ty)).collect();
        let name = Ident::new(&name, ident.span());
        let (krate, visibility) = (model.krate.as_ref(), model.visibility);
        let cfg = &model.cfg;
        Helper { cfg, krate, visibility, name, docs, parameters, group }.expand()
    };
    let docs =
        format!("Invalidates all that depends on one `{ident}`, of which only the key is known.");
    let member = helper(format!("invalidate_{snake}"), &model.key, docs, member(model));
    let indexes = model.indexes.iter().map(|index| {
        let name = format!("invalidate_{snake}_by_{}", index.declared_name());
        let docs = format!(
            "Invalidates all that may depend on some `{ident}` with this value, where it is not known which."
        );
        helper(name, &index.declared, docs, by(model, index))
    });
    quote!(#member #(#indexes)*)
}

/// The member that parameters with the names of the fields name.
pub(super) fn member(model: &Model<'_>) -> Group {
    let key = model.key.iter().map(|part| variable(part.ident));
    Group::Member(Path::from(model.ident.clone()), key.collect())
}

/// The members with the value that such parameters name.
pub(super) fn by(model: &Model<'_>, index: &Index<'_>) -> Group {
    let field = |part: &Part<'_>| Field { name: part.ident.clone(), value: variable(part.ident) };
    Group::By(Path::from(model.ident.clone()), index.parts.iter().map(field).collect())
}

fn variable(name: &Ident) -> Expr {
    parse_quote!(#name)
}

/// The type of a row's index values, its key and these values, of fields that `of` reads.
pub(super) fn row(
    model: &Model<'_>,
    of: impl Fn(&Ident) -> TokenStream,
) -> (TokenStream, TokenStream, TokenStream) {
    let krate = library(model.krate.as_ref());
    let ty = nest(markers(model).iter().map(|marker| quote!(#krate::By<Self, #marker>)));
    let row_values = nest(model.indexes.iter().map(|index| {
        let (field, value) = (field(index), values(&index.parts, &of));
        quote!(#krate::By::of_row(&__GCACHE_INDEXES.#field, #value))
    }));
    (ty, values(&model.key, of), row_values)
}

fn field(index: &Index<'_>) -> Ident {
    index_field(&index.name(), index.declared[0].ident.span())
}

/// The type that stands for each index.
pub(super) fn markers(model: &Model<'_>) -> Vec<Ident> {
    (0..model.indexes.len()).map(|at| format_ident!("IndexOf{}{at}", model.ident)).collect()
}

fn types(parts: &[Part<'_>]) -> TokenStream {
    tuple(parts.iter().map(|Part { ty, .. }| quote!(#ty)))
}

/// Clones of the fields, which are read by `of`.
fn values(parts: &[Part<'_>], of: impl Fn(&Ident) -> TokenStream) -> TokenStream {
    // At the type, since it is what may have no `Clone`.
    tuple(parts.iter().map(|Part { ident, ty }| {
        let field = of(&name_at(ident, ty.span()));
        quote_spanned!(ty.span()=> <#ty as ::core::clone::Clone>::clone(&#field))
    }))
}

/// One item as it is, several as a tuple.
fn tuple(items: impl Iterator<Item = TokenStream>) -> TokenStream {
    let items: Vec<TokenStream> = items.collect();
    match items.as_slice() {
        [one] => quote!(#one),
        many => {
            let span = many.first().map_or_else(Span::call_site, Spanned::span);
            quote_spanned!(span=> (#(#many),*))
        }
    }
}
