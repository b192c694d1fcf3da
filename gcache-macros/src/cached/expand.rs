//! The expansion of a cached function. Takes a valid model and cannot fail.

use super::model::{Call, KeyParameter};
use super::parse::{Patience, Sharing, Time};
use crate::function::{bare, closure, referent};
use crate::group::{library, library_at, private_at};
use crate::group_value::{borrowed, by_reference, nest};
use crate::place::{Place, hidden, name_at};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Expr, Pat};

/// A shim around the body: one static, one key, one call into the runtime, which says only what the
/// attribute says.
///
/// ```text
/// // Input:
/// #[cache_against(Book, key = pk, skip(db))]
/// fn view_book(db: &Db, pk: u64) -> String { body }
///
/// // Output:
/// fn view_book(db: &Db, pk: u64) -> String {
///     #[allow(clippy::absolute_paths)]
///     let call = Call::new(
///         {
///             use CallSite;
///             static SITE: CallSite = CallSite::of(module_path!(), "view_book");
///             &SITE
///         },
///         checked(returned::<String>().__gcache_name()),
///         (InKey::part(&pk), ()),
///         || (member::<Book>(&pk), ()),
///     )
///     .begin();
///     call.run(move || -> String { body })
/// }
/// ```
pub(crate) fn expand(call: &Call<'_>) -> TokenStream {
    let (attributes, visibility) = (&call.function.attributes, &call.function.visibility);
    let (signature, code) = (&call.function.signature, &call.function.code);
    let inner_attributes = &call.function.inner_attributes;
    let begin = begin(call);
    let compute = if code.is_async() { compute_async(call, &begin) } else { compute(call, &begin) };
    let content = code.around(compute);
    quote! {
        #(#attributes)*
        #visibility #signature {
            #(#inner_attributes)*
            #content
        }
    }
}

/// The call, answered from the memo if it can be.
fn begin(call: &Call<'_>) -> TokenStream {
    let private = call.private();
    let (site, storable, query, groups) = (site(call), storable(call), query(call), groups(call));
    let bypass = call.options.bypass.get().map(|bypass| quote!(.bypass(#bypass)));
    let config = config(call);
    quote!(#private::Call::new(#site, #storable, #query, || #groups) #bypass #config .begin())
}

/// The value, where the body returns it. What the call has borrowed is given back before the body runs.
fn compute(call: &Call<'_>, begin: &TokenStream) -> TokenStream {
    let code = &call.function.code;
    let (ret, body) = (code.return_type(), code.body());
    let lookup = hidden("call", Span::call_site());
    let (kept, shared) = (kept(call), shared(call));
    let body = through(kept.as_ref(), "body", quote!(move || -> #ret #body));
    let body = match &shared {
        Some(shared) => quote!(move || #shared.run(#body)),
        None => body,
    };
    let run = through(kept.as_ref(), "returned", quote!(#lookup.run(#body)));
    let (kept, shared) = (let_kept(call), let_shared(call, &lookup));
    quote! {
        #kept
        // The lint takes the path to a return type for the user's, since it stands where that does.
        #[allow(clippy::absolute_paths)]
        let #lookup = #begin;
        #shared
        #run
    }
}

/// The value, where the body awaits. A hit returns before there is anything to await.
fn compute_async(call: &Call<'_>, begin: &TokenStream) -> TokenStream {
    let private = call.private();
    let code = &call.function.code;
    let (ret, body) = (code.return_type(), code.body());
    let at = Span::call_site();
    let (value, miss) = (hidden("value", at), hidden("miss", at));
    let kept = kept(call);
    // Named and typed, since of a body of another type the compiler would show all of it.
    let body = quote!((async move || -> #ret {
        let #value: #ret = #body;
        #[allow(unreachable_code)]
        #value
    })());
    let body = through(kept.as_ref(), "future", body);
    let body = through(shared(call).as_ref(), "run_async", body);
    let body = match call.options.boxed.word() {
        Some(word) => {
            let there = private_at(call.options.krate.get(), word.span());
            quote_spanned!(word.span()=> #there::boxed(#body).as_mut())
        }
        None => quote!(::core::pin::pin!(#body)),
    };
    let hit = through(kept.as_ref(), "returned", quote!(#value));
    let computed = quote!(#private::Miss::run_async(#miss, #body).await);
    let computed = through(kept.as_ref(), "returned", computed);
    let (kept, shared) = (let_kept(call), let_shared(call, &miss));
    quote! {
        #kept
        #[allow(clippy::absolute_paths)]
        let #miss = match #begin {
            #private::Lookup::Hit(#value) => return #hit,
            #private::Lookup::Miss(#miss) => #miss,
        };
        #shared
        #computed
    }
}

/// What a method of the variable makes of it, if there is one.
fn through(variable: Option<&Ident>, method: &str, tokens: TokenStream) -> TokenStream {
    let Some(variable) = variable else { return tokens };
    let method = Ident::new(method, Span::call_site());
    quote!(#variable.#method(#tokens))
}

/// The variable that goes around the body of a function that shares its values.
fn shared(call: &Call<'_>) -> Option<Ident> {
    call.options.shared_values.word().map(|_| hidden("shared", Span::call_site()))
}

/// That variable, from what its lookup came to.
fn let_shared(call: &Call<'_>, lookup: &Ident) -> Option<TokenStream> {
    shared(call).map(|shared| quote!(let #shared = #lookup.shared();))
}

/// The static stands in a block without user tokens, which could see it.
fn site(call: &Call<'_>) -> TokenStream {
    let private = call.private();
    let name = match call.options.name.get() {
        Some(name) => quote!(new(#name)),
        None => {
            let ident = call.function.signature.ident.to_string();
            quote!(of(::core::module_path!(), #ident))
        }
    };
    quote!({
        use #private::CallSite;
        static SITE: CallSite = CallSite::#name;
        &SITE
    })
}

/// What of the returned value is stored, pointing at the return type if it cannot be cached.
fn storable(call: &Call<'_>) -> TokenStream {
    let private = call.private();
    let ret = call.function.code.return_type();
    let Place { first, last } = Place::of(&ret);
    let there = private_at(call.options.krate.get(), first);
    let returns = quote_spanned!(first=> #there::returned::<#ret>());
    let options = call.options;
    if let Some(kept) = kept(call) {
        let kept = name_at(&kept, first);
        let storable = quote_spanned!(last=> #kept.storable());
        return quote!(#private::checked(#storable));
    }
    let draft = match (options.cache_err.get(), options.cache_ok.get()) {
        (None, Some(())) => return quote_spanned!(last=> #there::store_ok(#returns)),
        (Some(()), _) => quote_spanned!(last=> #returns.__gcache_all()),
        // A name may stand for a `Result` or not.
        (None, None) if call.returns_a_name() => quote_spanned!(last=> #returns.__gcache_name()),
        (None, None) => quote_spanned!(last=> #returns.__gcache_type()),
    };
    quote!(#private::checked(#draft))
}

/// The variable that stores errors that are values, where some are: the body and the returned value need it, too.
fn kept(call: &Call<'_>) -> Option<Ident> {
    let options = call.options;
    let word = options.cache_err_if.word().or_else(|| options.cache_err_as.word());
    word.map(|_| hidden("kept", Span::call_site()))
}

/// That variable, pointing at the return type.
fn let_kept(call: &Call<'_>) -> Option<TokenStream> {
    let kept = kept(call)?;
    let ret = call.function.code.return_type();
    let Place { first, last } = Place::of(&ret);
    let there = private_at(call.options.krate.get(), first);
    let returns = quote_spanned!(first=> #there::returned::<#ret>());
    let options = call.options;
    let errors = match (options.cache_err_if.get(), options.cache_err_as.get()) {
        (Some(is_value), _) => quote_spanned!(last=> #there::err_if(#returns, #is_value)),
        (None, Some((to, back))) => quote_spanned!(last=> #there::err_as(#returns, #to, #back)),
        (None, None) => return None,
    };
    Some(quote! {
        #[allow(clippy::absolute_paths)]
        let #kept = #errors;
    })
}

/// Every part of the key by reference, pointing at what a missing bound is about.
fn query(call: &Call<'_>) -> TokenStream {
    let private = call.private();
    match call.options.by.get() {
        Some(by) => nest(by.iter().map(|expr| {
            let Place { first, last } = Place::of(expr);
            let there = private_at(call.options.krate.get(), first);
            let given = quote_spanned!(first=> #there::given(&(#expr)));
            let part = quote_spanned!(last=> #given.__gcache_part());
            quote!(#private::InKey::part(#part))
        })),
        None if call.key_parameters().any(|parameter| !parameter.cfg.is_empty()) => {
            nest_configured(call)
        }
        None => nest(call.key_parameters().map(|parameter| key_part(call, &parameter))),
    }
}

/// A parameter as a part of the key.
fn key_part(call: &Call<'_>, parameter: &KeyParameter<'_>) -> TokenStream {
    let private = call.private();
    let KeyParameter { cfg: _, name, ty } = *parameter;
    let Place { first, last } = Place::of(&referent(ty).unwrap_or(ty));
    let name = name_at(name, last);
    let part = match referent(ty) {
        Some(_) => quote_spanned!(first=> &*#name),
        None => quote_spanned!(first=> &#name),
    };
    quote!(#private::InKey::part(#part))
}

/// The same key as [`nest`] makes, in statements: these may have a `#[cfg(…)]`.
fn nest_configured(call: &Call<'_>) -> TokenStream {
    let key = hidden("key", Span::call_site());
    let parts = call.key_parameters().rev().map(|parameter| {
        let (cfg, part) = (&parameter.cfg, key_part(call, &parameter));
        quote!(#(#cfg)* let #key = (#part, #key);)
    });
    quote!({ let #key = (); #(#parts)* #key })
}

fn groups(call: &Call<'_>) -> TokenStream {
    nest(call.options.groups.iter().map(|group| {
        group.expand(call.options.krate.get(), |key| match lone_name(key) {
            Some(name) if call.names().any(|known| known == name) && !call.is_borrowed(name) => {
                borrowed(key)
            }
            Some(_) => quote!(#key),
            None => by_reference(key),
        })
    }))
}

fn lone_name(expr: &Expr) -> Option<&Ident> {
    match bare(expr) {
        Expr::Path(path) => path.path.get_ident(),
        _ => None,
    }
}

fn config(call: &Call<'_>) -> Option<TokenStream> {
    let options = call.options;
    let config = hidden("config", Span::call_site());
    let capacity = options.capacity.get().map(|capacity| quote!(.capacity(#capacity)));
    let weight = options.max_weight.get().zip(options.weigh.get()).map(|(max, weigh)| {
        let (key, value, weight) = of_value(call, weigh);
        let there = private_at(options.krate.get(), Place::of(weigh).first);
        quote!(.max_weight(#max, |#key, #value| #there::Weight::weight(#weight)))
    });
    let ttl = options.ttl.get().map(duration).map(|ttl| quote!(.ttl(#ttl)));
    let idle = options.idle.get().map(duration).map(|idle| quote!(.idle(#idle)));
    let patience = options.patience.get().map(|patience| {
        let krate = library(options.krate.get());
        let patience = match patience {
            Patience::Off => quote!(#krate::Patience::OFF),
            Patience::Time(time) => duration(time),
        };
        quote!(.patience(#patience))
    });
    let cache_if = options.cache_if.get().map(|cache_if| {
        let (key, value, condition) = of_value(call, cache_if);
        quote!(.cache_if(|#key, #value| #condition))
    });
    let rows = options.results.word().map(|word| {
        let library = library_at(options.krate.get(), word.span());
        let collect = quote_spanned!(word.span()=> #library::Rows::collect_rows_into);
        quote!(.rows(#collect))
    });
    let found = options.found.get().map(|()| quote!(.found()));
    let all = quote!(#capacity #weight #ttl #idle #patience #cache_if #found #rows);
    match options.shared_values.get() {
        None => (!all.is_empty()).then(|| quote!(.config(|#config| #config #all))),
        Some(sharing) => {
            let (text, is_secret) = (call.hash_of_text(), *sharing == Sharing::Secret);
            let ret = call.function.code.return_type();
            let Place { first, last } = Place::of(&ret);
            let there = private_at(options.krate.get(), first);
            // Before the other options, so that all of the call stands where the return type does.
            let config = hidden("config", last);
            // In two calls: the compiler points at an argument that has the type, and this one stands nowhere.
            let word = options.shared_values.word().map_or(last, Ident::span);
            let key = {
                let there = private_at(options.krate.get(), word);
                quote_spanned!(word=> #there::shared_key())
            };
            let shared =
                quote_spanned!(last=> #there::shared_values(#key, #text, #is_secret)(#config));
            Some(quote!(.config(|#config| #shared #all)))
        }
    }
}

/// A call of `function` with a value, or with its key and the value; and the names of both.
///
/// A closure says by its parameters which of them it takes, anything else by its type. Where it leaves the types of its
/// parameters out, they come from the function that it is given to.
fn of_value(call: &Call<'_>, function: &Expr) -> (Ident, Ident, TokenStream) {
    let Place { first, last } = Place::of(function);
    let (key, value) = (hidden("key", last), hidden("value", last));
    let parts = key_by_reference(call, &key, last);
    let there = private_at(call.options.krate.get(), first);
    let called = match closure(function) {
        Some(closure) if !closure.inputs.iter().any(|pat| matches!(pat, Pat::Type(_))) => {
            match closure.inputs.len() {
                2 => quote_spanned!(last=> #there::of_both(#parts, #value, #function)),
                _ => quote_spanned!(last=> #there::of_one(#value, #function)),
            }
        }
        Some(closure) => {
            let called = hidden("called", last);
            let arguments = match closure.inputs.len() {
                2 => quote_spanned!(last=> (#parts, #value)),
                _ => quote_spanned!(last=> (#value)),
            };
            let call = quote_spanned!(first=> (#function) #arguments);
            quote!({
                #[allow(clippy::redundant_closure_call)]
                let #called = #call;
                #called
            })
        }
        None => quote_spanned!(last=> #there::OfValue::of(#function, #parts, #value)),
    };
    (key, value, called)
}

/// The memo key as users see it: a reference to its only part, or a tuple of references to its parts.
fn key_by_reference(call: &Call<'_>, key: &Ident, at: Span) -> TokenStream {
    let count = call.options.by.get().map_or_else(|| call.key_parameters().count(), Vec::len);
    let mut rest = quote!(#key);
    let parts = (0..count).map(|_| {
        let part = quote_spanned!(at=> &#rest.0);
        rest = quote_spanned!(at=> #rest.1);
        part
    });
    let parts: Vec<TokenStream> = parts.collect();
    match parts.as_slice() {
        [one] => one.clone(),
        many => quote_spanned!(at=> (#(#many),*)),
    }
}

fn duration(time: &Time) -> TokenStream {
    match time {
        Time::Text(duration) => {
            let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
            quote!(::core::time::Duration::new(#seconds, #nanos))
        }
        Time::Expr(expr) => quote!(#expr),
    }
}
