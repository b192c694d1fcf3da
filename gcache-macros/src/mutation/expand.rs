//! The expansion of a mutation. Takes a valid one and cannot fail.

use super::check::{changes_self, is_covered};
use super::parse::{Options, Target};
use crate::function::Function;
use crate::group::{nest, private};
use proc_macro2::{Group as Delimited, Ident, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{ImplItem, Signature};

/// The body with a guard around it.
///
/// ```text
/// // Input:
/// #[invalidates]
/// fn rename(&mut self, title: &str) { body }
///
/// // Output:
/// fn rename(&mut self, title: &str) {
///     let change = Change::<Self>::begin(self);
///     let returned = (|| -> () { body })();
///     change.end(self);
///     returned
/// }
/// ```
pub(crate) fn expand(options: &Options, target: &Target) -> TokenStream {
    match target {
        Target::Function(function) => {
            let Function { attributes, visibility, signature, body } = &**function;
            let body = guarded(options, signature, body);
            quote!(#(#attributes)* #visibility #signature { #body })
        }
        Target::Block(block) => {
            let mut item = block.clone();
            for item in &mut item.items {
                if let ImplItem::Fn(method) = item
                    && is_covered(method)
                {
                    let body = Delimited::new(
                        proc_macro2::Delimiter::Brace,
                        method.block.stmts.iter().map(quote::ToTokens::to_token_stream).collect(),
                    );
                    let body = guarded(options, &method.sig, &body);
                    method.block = syn::parse_quote!({ #body });
                }
            }
            item.into_token_stream()
        }
    }
}

fn guarded(options: &Options, signature: &Signature, body: &Delimited) -> TokenStream {
    let krate = private(options.krate.as_ref());
    if options.is_bare() {
        let at_self = signature.receiver().map_or_else(Span::call_site, Spanned::span);
        return if changes_self(signature) {
            change(&krate, signature, body, at_self)
        } else {
            let row = quote_spanned!(at_self=> #krate::Row::<Self>::of(&self));
            on_leaving(&row, &krate, &body.to_token_stream())
        };
    }
    let inner = match &options.result {
        Some(word) => insert(&krate, signature, body, word),
        None => body.to_token_stream(),
    };
    if options.groups.is_empty() {
        return inner;
    }
    let groups = nest(options.groups.iter().map(|group| group.expand(&krate, |key| quote!(#key))));
    on_leaving(&groups, &krate, &inner)
}

/// Groups that are known at entry end when the body is left, in whatever way.
fn on_leaving(groups: &TokenStream, krate: &TokenStream, body: &TokenStream) -> TokenStream {
    let guard = Ident::new("_guard", Span::mixed_site());
    quote! {
        let #guard = #krate::OnLeaving(#groups);
        #body
    }
}

/// The row is looked at before and after the body.
fn change(
    krate: &TokenStream,
    signature: &Signature,
    body: &Delimited,
    at_self: Span,
) -> TokenStream {
    let change = Ident::new("change", Span::mixed_site());
    let returned = Ident::new("returned", Span::mixed_site());
    let run = run(signature, body);
    let begin = quote_spanned!(at_self=> #krate::Change::<Self>::begin(self));
    quote! {
        let #change = #begin;
        let #returned = #run;
        #change.end(self);
        #returned
    }
}

/// The returned rows are looked at after the body.
fn insert(
    krate: &TokenStream,
    signature: &Signature,
    body: &Delimited,
    word: &Ident,
) -> TokenStream {
    let insert = Ident::new("insert", Span::mixed_site());
    let returned = Ident::new("returned", Span::mixed_site());
    let ty = return_type(signature);
    let run = run(signature, body);
    let begin = quote_spanned!(word.span()=> #krate::Insert::<#ty>::new());
    quote! {
        let #insert = #begin;
        let #returned: #ty = #run;
        #insert.end(&#returned);
        #returned
    }
}

/// The body as a closure that is called at once, so that `return` and `?` leave it alone.
fn run(signature: &Signature, body: &Delimited) -> TokenStream {
    let ty = return_type(signature);
    if signature.asyncness.is_some() {
        quote!((async || -> #ty #body)().await)
    } else {
        quote!((|| -> #ty #body)())
    }
}

fn return_type(signature: &Signature) -> TokenStream {
    match &signature.output {
        syn::ReturnType::Default => quote!(()),
        syn::ReturnType::Type(_, ty) => ty.to_token_stream(),
    }
}
