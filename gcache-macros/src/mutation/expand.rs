//! The expansion of a mutation. Takes a valid one and cannot fail.

use super::check::is_covered;
use super::parse::{Options, Target};
use crate::function::{Code, Function, with_types_inferred};
use crate::group::{private, private_at};
use crate::group_value::{by_reference, nest};
use crate::place::{Place, hidden};
use crate::receiver::Access;
use crate::renamed::{in_macro, renamed};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{Expr, FnArg, ImplItem, ReceiverKind, Signature, Stmt, Type};

/// The body with a guard around it.
///
/// ```text
/// // Input:
/// #[invalidates]
/// fn rename(&mut self, title: &str) { body }
///
/// // Output:
/// fn rename(&mut self, title: &str) {
///     let change = Guard::change::<Self>(self);
///     let returned = (|| -> () { body })();
///     Guard::finish(change, self);
///     returned
/// }
/// ```
pub(crate) fn expand(options: &Options, target: &Target) -> TokenStream {
    match target {
        Target::Function(function) => {
            let Function { attributes, visibility, signature, inner_attributes, code } =
                &**function;
            let body = guarded(options, signature, code, None);
            let signature = without_mut(options, signature, None);
            quote!(#(#attributes)* #visibility #signature { #(#inner_attributes)* #body })
        }
        Target::Block(block) => {
            let mut item = block.clone();
            for item in &mut item.items {
                if let ImplItem::Fn(method) = item
                    && is_covered(method, &block.self_ty)
                {
                    let code = Code::of_block(&method.sig, &method.block);
                    let body = guarded(options, &method.sig, &code, Some(&block.self_ty));
                    method.sig = without_mut(options, &method.sig, Some(&block.self_ty));
                    method.block.stmts = vec![Stmt::Expr(Expr::Verbatim(body), None)];
                }
            }
            item.into_token_stream()
        }
    }
}

fn guarded(
    options: &Options,
    signature: &Signature,
    code: &Code,
    own: Option<&Type>,
) -> TokenStream {
    if options.is_bare() {
        let place = signature.receiver().map_or_else(|| Place::of(code.body()), Place::of);
        let allow = allow_paths(signature);
        let body = match Access::of(signature, own) {
            Some(access @ (Access::Exclusive | Access::Pinned)) => {
                change(options, code, place, access, allow.as_ref())
            }
            _ => {
                let there = private_at(options.krate.as_ref(), place.last);
                let guard = quote_spanned!(place.last=> #there::Guard::leaving_row::<Self>(&self));
                guard_body(options, code, allow.as_ref(), &guard, &in_macro(code.body()))
            }
        };
        return code.around(body);
    }
    let inner = match &options.result {
        Some(_) => insert(options, code),
        None => in_macro(code.body()),
    };
    if options.groups.is_empty() {
        return code.around(inner);
    }
    let private = private(options.krate.as_ref());
    let groups = options.groups.iter();
    let groups = nest(groups.map(|group| group.expand(options.krate.as_ref(), by_reference)));
    let guard = quote!(#private::Guard::leaving(#groups));
    code.around(guard_body(options, code, None, &guard, &inner))
}

/// The lint takes paths for the user's that stand where the type of a receiver does.
fn allow_paths(signature: &Signature) -> Option<TokenStream> {
    let receiver = signature.receiver()?;
    let typed = matches!(receiver.kind, ReceiverKind::Typed(..));
    typed.then(|| quote!(#[allow(clippy::absolute_paths)]))
}

/// Groups that are known at entry are invalidated when the body is left, in whatever way: by the drop of the guard that
/// `tokens` make, which may not raise the lints in `allow`.
fn guard_body(
    options: &Options,
    code: &Code,
    allow: Option<&TokenStream>,
    tokens: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let name = hidden("guard", Span::call_site());
    if !code.is_async() {
        return quote! {
            #allow
            // mutant: invalidated-before-write
            let #name = #tokens;
            #body
        };
    }
    // The parameters belong to the body, as without the attribute.
    let watched = watch(options, code, &name, &quote!(move), body);
    let returned = hidden("returned", Span::call_site());
    quote! {
        #allow
        let mut #name = #tokens;
        let #returned = #watched;
        #returned
    }
}

/// The row is looked at before and after the body. Both calls stand at the receiver, so that a type
/// that is no model is reported there, and once.
fn change(
    options: &Options,
    code: &Code,
    place: Place,
    access: Access,
    allow: Option<&TokenStream>,
) -> TokenStream {
    let at = Span::call_site();
    let (change, returned) = (hidden("change", at), hidden("returned", at));
    let there = private_at(options.krate.as_ref(), place.last);
    let (pin, row, body) = match access {
        Access::Pinned => {
            let pinned = hidden("pinned", at);
            let again = quote!(::core::pin::Pin::as_mut(&mut #pinned));
            let body = borrowing(&again, code);
            (Some(quote!(let mut #pinned = self;)), quote_spanned!(place.last=> &#pinned), body)
        }
        // `#[async_trait]` moves `self` into a name of its own.
        _ if code.is_written() => (None, quote!(self), borrowing(&quote!(&mut *self), code)),
        _ => (None, quote_spanned!(place.last=> self), body_to_run(code)),
    };
    let begin = quote_spanned!(place.last=> #there::Guard::change::<Self>(#row));
    let end = quote_spanned!(place.last=> #there::Guard::finish(#change, #row));
    let end = quote!(#allow #end);
    let run = run(options, code, &body, &change);
    let mutable = code.is_async().then(|| quote!(mut));
    quote! {
        #pin
        #allow
        // mutant: invalidated-before-write-2
        let #mutable #change = #begin;
        let #returned = #run;
        #end;
        #returned
    }
}

/// The body with a `self` that is `again`, borrowed from the one that is needed after it.
fn borrowing(again: &TokenStream, code: &Code) -> TokenStream {
    let name: Ident = hidden("self", Span::call_site());
    let body = renamed(code.body().stream(), &name);
    quote!({
        #[allow(unused_mut, unused_variables)]
        let mut #name = #again;
        #body
    })
}

/// The signature without the `mut` of a `mut self` that is borrowed from.
fn without_mut(options: &Options, signature: &Signature, own: Option<&Type>) -> Signature {
    let mut signature = signature.clone();
    if options.is_bare()
        && Access::of(&signature, own) == Some(Access::Pinned)
        && let Some(FnArg::Receiver(receiver)) = signature.inputs.first_mut()
    {
        receiver.mutability = None;
    }
    signature
}

/// The returned rows are looked at after the body.
fn insert(options: &Options, code: &Code) -> TokenStream {
    let insert = hidden("insert", Span::call_site());
    let returned = hidden("returned", Span::call_site());
    let ty = code.return_type();
    let Place { first, last } = Place::of(&ty);
    let there = private_at(options.krate.as_ref(), first);
    let begin = quote_spanned!(last=> #there::Guard::insert::<#ty>());
    let end = quote_spanned!(last=> #there::Guard::finish(#insert, &#returned));
    let run = run(options, code, &body_to_run(code), &insert);
    let mutable = code.is_async().then(|| quote!(mut));
    // The lint takes the paths for the user's, since they stand where the return type does.
    let allow = quote!(#[allow(clippy::absolute_paths)]);
    quote! {
        #allow
        let #mutable #insert = #begin;
        let #returned: #ty = #run;
        #allow
        // mutant: insert-invalidates-nothing
        #end;
        #returned
    }
}

/// The body for [`run`]: of a future it is a block in a block, for which the lints of braces are not meant.
fn body_to_run(code: &Code) -> TokenStream {
    if code.is_async() { in_macro(code.body()) } else { code.body().to_token_stream() }
}

/// The body as a closure that is called at once, or as a future, so that `return` and `?` leave it alone.
fn run(options: &Options, code: &Code, body: &TokenStream, guard: &Ident) -> TokenStream {
    let ty = inferred(code);
    if code.is_async() {
        watch(options, code, guard, &TokenStream::new(), body)
    } else {
        quote!((|| -> #ty #body)())
    }
}

/// Runs an async body, watched by `guard`, which has to know whether it returned or was dropped in the
/// middle.
fn watch(
    options: &Options,
    code: &Code,
    guard: &Ident,
    capture: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let private = private(options.krate.as_ref());
    let ty = inferred(code);
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
    quote!(#private::Guard::watch(&mut #guard, ::core::pin::pin!(#future)).await)
}

/// The return type as a variable may have it: `impl Trait` is for the compiler to find.
fn inferred(code: &Code) -> TokenStream {
    code.returned().map_or_else(|| quote!(()), with_types_inferred)
}
