//! The expansion of a model. Takes a valid one and cannot fail.

use super::model::{Index, Model, Part};
use crate::group::{index_field, nest, private};
use crate::helpers::{Helper, Named, snake};
use crate::place::{hidden, name_at};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use std::collections::BTreeSet;
use syn::spanned::Spanned;

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
///     static GENERATIONS: ModelGenerations<u64> =
///         model_generations::<Book>("path::Book", &[INDEXES.author.values()]);
///     pub enum IndexOfBook0 {} // as visible as the model
///     impl IndexBy for IndexOfBook0 { type Value = u64; }
///     pub struct IndexesOfBook { pub author: Index<IndexOfBook0> }
///     static INDEXES: IndexesOfBook = …;
///     impl Group for Book { type Key = u64; … }
///     impl Indexed for Book { type Indexes = IndexesOfBook; … }
///     impl Groups for Book { … }
///     impl Rows for Book { … }
///     impl Invalidates for Book {
///         type Touched = (Member<Self>, (By<Self, IndexOfBook0>, ()));
///         fn touched(&self) -> Self::Touched { … }
///         fn key_fields() -> &'static [&'static str] { &["id"] }
///         fn indexed_fields() -> &'static [&'static str] { &["author"] }
///     }
/// };
/// pub fn invalidate_book(id: impl IntoKey<u64>) -> Invalidated { … }
/// pub fn invalidate_book_by_author(author: impl IntoKey<u64>) -> Invalidated { … }
/// ```
pub(crate) fn expand(model: &Model<'_>) -> TokenStream {
    let krate = private(model.krate.as_ref());
    let (group, indexes, rows) = (group(model), indexes(model), rows(model));
    let helpers = (!model.no_helpers).then(|| helpers(model, &krate));
    quote! {
        const _: () = {
            #indexes
            #group
            #rows
        };

        #helpers
    }
}

fn group(model: &Model<'_>) -> TokenStream {
    let krate = private(model.krate.as_ref());
    let ident = model.ident;
    let name = match &model.name {
        Some(name) => quote!(#name),
        None => {
            let name = ident.to_string();
            quote!(::core::concat!(::core::module_path!(), "::", #name))
        }
    };
    let key = types(&model.key);
    let fields = model.indexes.iter().map(field);
    quote! {
        static __GCACHE_INDEX_VALUES: &[&dyn #krate::ErasedKeyed] = &[#(#krate::Index::values(&__GCACHE_INDEXES.#fields)),*];
        static __GCACHE_GENERATIONS: #krate::ModelGenerations<#key> = #krate::model_generations::<#ident>(#name, __GCACHE_INDEX_VALUES);

        impl #krate::Group for #ident {
            type Key = #key;
            type Itself = Self;

            fn generations() -> &'static #krate::ModelGenerations<Self::Key> {
                &__GCACHE_GENERATIONS
            }
        }
    }
}

fn indexes(model: &Model<'_>) -> TokenStream {
    let krate = private(model.krate.as_ref());
    let ident = model.ident;
    let indexes = format_ident!("IndexesOf{}", ident);
    let fields: Vec<Ident> = model.indexes.iter().map(field).collect();
    let markers = markers(model);
    let types = model.indexes.iter().map(|index| types(&index.parts));
    let values = model.indexes.iter().map(|index| index_value(model, index));
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
        }

        static __GCACHE_INDEXES: #indexes = #indexes { #(#fields: #values,)* };

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
fn index_value(model: &Model<'_>, index: &Index<'_>) -> TokenStream {
    let krate = private(model.krate.as_ref());
    let narrower: Vec<&Index<'_>> =
        model.indexes.iter().filter(|other| index.is_wider_than(other)).collect();
    let fields: Vec<Ident> = narrower.iter().map(|other| field(other)).collect();
    let values: Vec<TokenStream> = narrower.iter().map(|other| project(index, other)).collect();
    let unrelated = model.indexes.iter().filter(|other| {
        other.name() != index.name() && !index.is_wider_than(other) && !other.is_wider_than(index)
    });
    let unrelated = unrelated.map(field);
    let [value, dependencies, invalidation] = names(["value", "dependencies", "invalidation"]);
    let all = quote!(#krate::Index);
    quote! {
        #krate::Index::new(
            #krate::Narrower {
                collect: |#value, #dependencies| { #(#all::collect_touch_into(&__GCACHE_INDEXES.#fields, &#values, #dependencies);)* },
                invalidate: |#value, #invalidation| { #(#all::invalidate_value(&__GCACHE_INDEXES.#fields, &#values, #invalidation);)* },
            },
            {
                static UNRELATED: &[&dyn #krate::ErasedKeyed] = &[#(#krate::Index::values(&__GCACHE_INDEXES.#unrelated)),*];
                UNRELATED
            },
        )
    }
}

/// Names that no item of the user's has: one would be taken for it in a pattern.
fn names<const N: usize>(names: [&str; N]) -> [Ident; N] {
    names.map(|name| hidden(name, Span::call_site()))
}

/// The part of a wide index's value that is the value of a narrower one.
fn project(wide: &Index<'_>, narrow: &Index<'_>) -> TokenStream {
    let [value] = names(["value"]);
    let at = narrow.parts.iter().map(|part| {
        let at = wide.parts.iter().position(|wide| wide.ident == part.ident).unwrap_or_default();
        let at = syn::Index::from(at);
        quote!(::core::clone::Clone::clone(&#value.#at))
    });
    tuple(at)
}

fn rows(model: &Model<'_>) -> TokenStream {
    let krate = private(model.krate.as_ref());
    let ident = model.ident;
    let key_type = types(&model.key);
    let key = values(&model.key);
    let markers = markers(model);
    let index_types = markers.iter().map(|marker| quote!(#krate::By<Self, #marker>));
    let touched_type = nest([quote!(#krate::Member<Self>)].into_iter().chain(index_types));
    let index_values = model.indexes.iter().map(|index| {
        let (field, value) = (field(index), values(&index.parts));
        quote!(#krate::By::of_row(&__GCACHE_INDEXES.#field, #value))
    });
    let [row_key, dependencies, invalidation, names] =
        names(["key", "dependencies", "invalidation", "names"]);
    let key_value = quote!({
        let #row_key: #key_type = #key;
        #krate::Member::of_row(#row_key)
    });
    let key_fields = model.key.iter().map(Part::name);
    let indexed_fields: BTreeSet<String> =
        model.indexes.iter().flat_map(|index| &index.parts).map(Part::name).collect();
    let indexed_fields = indexed_fields.iter();
    let touched = nest([key_value].into_iter().chain(index_values));
    quote! {
        impl #krate::Groups for #ident {
            fn collect_into(&self, #dependencies: &mut #krate::DependencySet) {
                #krate::Groups::collect_into(&#krate::member::<Self>(#key), #dependencies);
            }

            fn invalidate_in(&self, #invalidation: &mut #krate::Invalidation) {
                #krate::invalidate_row(self, #invalidation);
            }

            fn name_in(&self, #names: &mut #krate::GroupNames) {
                #krate::Groups::name_in(&#krate::Row::of(self), #names);
            }
        }

        impl #krate::Rows for #ident {
            fn invalidate_unknown(#invalidation: &mut #krate::Invalidation) {
                #krate::Groups::invalidate_in(&#krate::whole::<Self>(), #invalidation);
            }
        }

        #[allow(private_interfaces)]
        impl #krate::Invalidates for #ident {
            type Touched = #touched_type;

            fn touched(&self) -> Self::Touched {
                #touched
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

fn helpers(model: &Model<'_>, krate: &TokenStream) -> TokenStream {
    let ident = model.ident;
    let snake = snake(ident);
    let parameters = |parts: &[Part<'_>]| -> Vec<(Ident, syn::Type)> {
        parts.iter().map(|part| (part.ident.clone(), part.ty.clone())).collect()
    };
    let helper = |name: String, parts: &[Part<'_>], named: Named| Helper {
        krate,
        visibility: model.visibility,
        name: Ident::new(&name, ident.span()),
        group: ident,
        parameters: parameters(parts),
        named,
    };
    let member = helper(format!("invalidate_{snake}"), &model.key, Named::Member).expand();
    let indexes = model.indexes.iter().map(|index| {
        let fields: Vec<String> = index.declared.iter().map(Part::name).collect();
        let name = format!("invalidate_{snake}_by_{}", fields.join("_and_"));
        let named = Named::Index {
            field: field(index),
            values: index.parts.iter().map(|part| part.ident.clone()).collect(),
        };
        helper(name, &index.declared, named).expand()
    });
    quote!(#member #(#indexes)*)
}

fn field(index: &Index<'_>) -> Ident {
    index_field(&index.name(), index.declared[0].ident.span())
}

/// The type that stands for each index.
fn markers(model: &Model<'_>) -> Vec<Ident> {
    (0..model.indexes.len()).map(|at| format_ident!("IndexOf{}{at}", model.ident)).collect()
}

fn types(parts: &[Part<'_>]) -> TokenStream {
    tuple(parts.iter().map(|Part { ty, .. }| quote!(#ty)))
}

fn values(parts: &[Part<'_>]) -> TokenStream {
    // Ours, whatever macro the fields come from.
    let this = quote!(self);
    // At the type, since it is what may have no `Clone`.
    tuple(parts.iter().map(|Part { ident, ty }| {
        let field = name_at(ident, ty.span());
        quote_spanned!(ty.span()=> ::core::clone::Clone::clone(&#this.#field))
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
