//! The expansion of a mutation. Takes a valid one and cannot fail.

use super::check::{changes_self, is_covered};
use super::parse::{Options, Target};
use crate::function::Function;
use crate::group::{nest, private, private_at};
use crate::place::{Place, hidden};
use proc_macro2::{Group as Delimited, Ident, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{ImplItem, ReturnType, Signature, Type};

/// The body with a guard around it.
///
/// ```text
/// // Input:
/// #[invalidates]
/// fn rename(&mut self, title: &str) { body }
///
/// // Output:
/// fn rename(&mut self, title: &str) {
///     let change = begin_change::<Self>(self);
///     let returned = (|| -> () { body })();
///     end_change::<Self>(change, self);
///     returned
/// }
/// ```
pub(crate) fn expand(options: &Options, target: &Target) -> TokenStream {
    match target {
        Target::Function(function) => {
            let Function { attributes, visibility, signature, inner_attributes, body } =
                &**function;
            let body = guarded(options, signature, body);
            quote!(#(#attributes)* #visibility #signature { #(#inner_attributes)* #body })
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
    if options.is_bare() {
        let place = signature.receiver().map_or_else(|| Place::of(body), Place::of);
        return if changes_self(signature) {
            change(options, signature, body, place)
        } else {
            let there = private_at(options.krate.as_ref(), place.last);
            let guard = quote_spanned!(place.last=> #there::on_leaving_row::<Self>(&self));
            guard_body(options, signature, &guard, &body.to_token_stream())
        };
    }
    let inner = match &options.result {
        Some(_) => insert(options, signature, body),
        None => body.to_token_stream(),
    };
    if options.groups.is_empty() {
        return inner;
    }
    let krate = private(options.krate.as_ref());
    let groups = nest(
        options.groups.iter().map(|group| group.expand(options.krate.as_ref(), |key| quote!(#key))),
    );
    guard_body(options, signature, &quote!(#krate::on_leaving(#groups)), &inner)
}

/// Groups that are known at entry end when the body is left, in whatever way.
fn guard_body(
    options: &Options,
    signature: &Signature,
    guard: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let name = hidden("guard", Span::call_site());
    if signature.asyncness.is_none() {
        return quote! {
            let #name = #guard;
            #body
        };
    }
    // The parameters belong to the body, as without the attribute.
    let watched = watch(options, signature, &name, &quote!(move), body);
    let returned = hidden("returned", Span::call_site());
    quote! {
        let mut #name = #guard;
        let #returned = #watched;
        #returned
    }
}

/// The row is looked at before and after the body. Both calls stand at the receiver, so that a type
/// that is no model is reported there, and once.
fn change(options: &Options, signature: &Signature, body: &Delimited, place: Place) -> TokenStream {
    let change = hidden("change", Span::call_site());
    let returned = hidden("returned", Span::call_site());
    let there = private_at(options.krate.as_ref(), place.last);
    let begin = quote_spanned!(place.last=> #there::begin_change::<Self>(self));
    let end = quote_spanned!(place.last=> #there::end_change::<Self>(#change, self));
    let run = run(options, signature, body, &change);
    let mutable = signature.asyncness.map(|_| quote!(mut));
    quote! {
        let #mutable #change = #begin;
        let #returned = #run;
        #end;
        #returned
    }
}

/// The returned rows are looked at after the body.
fn insert(options: &Options, signature: &Signature, body: &Delimited) -> TokenStream {
    let insert = hidden("insert", Span::call_site());
    let returned = hidden("returned", Span::call_site());
    let ty = return_type(signature);
    let Place { first, last } = Place::of(&ty);
    let there = private_at(options.krate.as_ref(), first);
    let begin = quote_spanned!(last=> #there::begin_insert::<#ty>());
    let end = quote_spanned!(last=> #there::end_insert::<#ty>(#insert, &#returned));
    let run = run(options, signature, body, &insert);
    let mutable = signature.asyncness.map(|_| quote!(mut));
    // The lint takes the paths for the user's, since they stand where the return type does.
    let allow = quote!(#[allow(clippy::absolute_paths)]);
    quote! {
        #allow
        let #mutable #insert = #begin;
        let #returned: #ty = #run;
        #allow
        #end;
        #returned
    }
}

/// The body as a closure that is called at once, or as a future, so that `return` and `?` leave it alone.
fn run(options: &Options, signature: &Signature, body: &Delimited, guard: &Ident) -> TokenStream {
    let ty = return_type(signature);
    if signature.asyncness.is_some() {
        watch(options, signature, guard, &TokenStream::new(), &body.to_token_stream())
    } else {
        quote!((|| -> #ty #body)())
    }
}

/// Runs an async body under the eyes of `guard`, which is to know whether it returned or was dropped in the
/// middle.
fn watch(
    options: &Options,
    signature: &Signature,
    guard: &Ident,
    capture: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let krate = private(options.krate.as_ref());
    let ty = inferred(signature);
    let never = hidden("never", Span::call_site());
    // The type of a block is told by what it returns first. An async closure has a place for it, and does not
    // convert to it what stands last in the body: no `&String` to a `&str`.
    let future = quote! {
        async #capture {
            #[allow(unreachable_code, clippy::all, clippy::pedantic, clippy::restriction)]
            if false {
                let #never: #ty = loop {};
                return #never;
            }
            #body
        }
    };
    quote!(#krate::watch(&mut #guard, ::core::pin::pin!(#future)).await)
}

/// The return type as a variable may have it: `impl Trait` is for the compiler to find.
fn inferred(signature: &Signature) -> TokenStream {
    struct Inferred;
    impl VisitMut for Inferred {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            match ty {
                Type::ImplTrait(_) => *ty = syn::parse_quote!(_),
                _ => visit_mut::visit_type_mut(self, ty),
            }
        }
    }
    match &signature.output {
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, ty) => {
            let mut ty = Type::clone(ty);
            Inferred.visit_type_mut(&mut ty);
            ty.into_token_stream()
        }
    }
}

fn return_type(signature: &Signature) -> TokenStream {
    match &signature.output {
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, ty) => ty.to_token_stream(),
    }
}
