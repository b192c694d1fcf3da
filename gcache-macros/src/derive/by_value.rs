//! A model that no row fills: its groups by value.

use super::expand::{around, by, markers, member};
use super::model::{Model, Part};
use crate::group::library;
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};

/// All of a model but what rows do, and functions that name its groups.
///
/// ```text
/// // Input:
/// group!(pub Article(id: u64), index(author: u64));
///
/// // Output:
/// pub enum Article {}
/// const _: () = {
///     …
///     impl Article {
///         pub fn invalidate_all() -> Invalidated { invalidate(&whole::<Self>()) }
///         pub fn key(id: impl IntoKey<u64>) -> Member<Self> { member::<Article>(id) }
///         pub fn by_author(author: impl IntoKey<u64>) -> By<Self, IndexOfArticle0> {
///             by_index::<Article, _>(|indexes| indexes.author.index(), author)
///         }
///         pub fn row(id: impl IntoKey<u64>, author: impl IntoKey<u64>) -> Row<Self, (By<Self, IndexOfArticle0>, ())> {
///             Row::of_values(|| {
///                 let id: u64 = IntoKey::into_key(id);
///                 let author: u64 = IntoKey::into_key(author);
///                 (<u64 as Clone>::clone(&id), (By::of_row(&INDEXES.author, <u64 as Clone>::clone(&author)), ()))
///             })
///         }
///     }
/// };
/// pub fn invalidate_article(id: impl IntoKey<u64>) -> Invalidated { invalidate(&member::<Article>(id)) }
/// pub fn invalidate_article_by_author(author: impl IntoKey<u64>) -> Invalidated {
///     invalidate(&by_index::<Article, _>(|indexes| indexes.author.index(), author))
/// }
/// ```
pub(crate) fn expand(model: &Model<'_>, fields: &[Part<'_>]) -> TokenStream {
    let krate = library(model.krate.as_ref());
    let ident = model.ident;
    let (by_key, row) = (by_key(model), row(model, fields));
    let by_index = by_index(model);
    around(
        model,
        &quote! {
            #[allow(dead_code, unreachable_pub, private_interfaces, clippy::absolute_paths)]
            #[allow(clippy::impl_trait_in_params, clippy::needless_pass_by_value, clippy::too_many_arguments)]
            impl #ident {
                /// Invalidates all that depends on the group or on any member of it.
                pub fn invalidate_all() -> #krate::Invalidated {
                    #krate::invalidate(&#krate::whole::<Self>())
                }

                #by_key
                #(#by_index)*
                #row
            }
        },
    )
}

fn by_key(model: &Model<'_>) -> TokenStream {
    let krate = library(model.krate.as_ref());
    let visibility = model.visibility;
    let parameters = parameters(model, &model.key);
    let group = member(model).expand(model.krate.as_ref(), ToTokens::to_token_stream);
    quote! {
        /// One member, of which only the key is known.
        #[must_use]
        #visibility fn key(#parameters) -> #krate::Member<Self> {
            #group
        }
    }
}

fn by_index(model: &Model<'_>) -> impl Iterator<Item = TokenStream> {
    model.indexes.iter().zip(markers(model)).map(move |(index, marker)| {
        let krate = library(model.krate.as_ref());
        let visibility = model.visibility;
        let name = format_ident!("by_{}", index.declared_name(), span = model.ident.span());
        let parameters = parameters(model, &index.declared);
        let group = by(model, index).expand(model.krate.as_ref(), ToTokens::to_token_stream);
        quote! {
            /// The members with this value.
            #[must_use]
            #visibility fn #name(#parameters) -> #krate::By<Self, #marker> {
                #group
            }
        }
    })
}

/// A group for each that the row is in. Of what the call gives nothing is cloned outside of it.
fn row(model: &Model<'_>, fields: &[Part<'_>]) -> TokenStream {
    let krate = library(model.krate.as_ref());
    let visibility = model.visibility;
    let parameters = parameters(model, fields);
    let names = fields.iter().map(|part| part.ident);
    let types = fields.iter().map(|part| part.ty);
    let (by_types, key, by) = super::expand::row(model, ToTokens::to_token_stream);
    quote! {
        /// One row: its key, and its value of each index. To invalidate it leaves all other values valid.
        #[must_use]
        #visibility fn row(#parameters) -> #krate::Row<Self, #by_types> {
            #krate::Row::of_values(|| {
                #(let #names: #types = #krate::IntoKey::into_key(#names);)*
                (#key, #by)
            })
        }
    }
}

fn parameters(model: &Model<'_>, parts: &[Part<'_>]) -> TokenStream {
    let krate = library(model.krate.as_ref());
    let names = parts.iter().map(|part| part.ident);
    let types = parts.iter().map(|part| part.ty);
    quote!(#(#names: impl #krate::IntoKey<#types>),*)
}
