//! The expansion of a cached function. Takes a valid model and cannot fail.

use super::model::{Call, KeyParameter};
use super::parse::{Patience, Time};
use crate::function::referent;
use crate::group::{borrowed, by_reference, nest, private_at};
use crate::place::{Place, hidden, name_at};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Expr, Lit};

/// A shim around the body: one static, one key, one call into the runtime.
///
/// ```text
/// // Input:
/// #[cache_against(Book, key = pk, skip(db))]
/// fn view_book(db: &Db, pk: u64) -> String { body }
///
/// // Output:
/// fn view_book(db: &Db, pk: u64) -> String {
///     let miss = match (Call {
///         site: { static SITE: CallSite = CallSite::new("path::view_book"); &SITE },
///         shape: checked(ReturnOf::<String>::new().shape()),
///         bypass: false,
///         query: (part(&pk), ()),
///         config: |config| config,
///         groups: || (member::<Book>(&pk), ()),
///     }
///     .begin()) {
///         Lookup::Hit(value) => return value,
///         Lookup::Miss(miss) => miss,
///     };
///     miss.run(move || -> String { body })
/// }
/// ```
pub(crate) fn expand(call: &Call<'_>) -> TokenStream {
    let krate = call.krate();
    let (attributes, visibility) = (&call.function.attributes, &call.function.visibility);
    let (signature, code) = (&call.function.signature, &call.function.code);
    let (inner_attributes, body) = (&call.function.inner_attributes, code.body());
    let (site, shape, bypass) = (site(call), shape(call), bypass(call));
    let (query, config, groups) = (query(call), config(call), groups(call));
    let ret = code.return_type();
    let at = Span::call_site();
    let (value, miss) = (hidden("value", at), hidden("miss", at));
    let compute = if code.is_async() {
        let turn = hidden("turn", at);
        // Named and typed, since of a body of another type the compiler would show all of it.
        let body = quote!((async move || -> #ret {
            let #value: #ret = #body;
            #[allow(unreachable_code)]
            #value
        })());
        let body = match call.options.boxed.word() {
            Some(word) => {
                let there = private_at(call.options.krate.get(), word.span());
                quote_spanned!(word.span()=> #there::boxed(#body).as_mut())
            }
            None => quote!(::core::pin::pin!(#body)),
        };
        quote! {
            let mut #turn = #miss.claim().await;
            #krate::Claimed::run(&mut #turn, #body).await
        }
    } else {
        quote!(#miss.run(move || -> #ret #body))
    };
    let import = call.options.by.get().map(|_| quote!(use #krate::GivenValue as _;));
    let content = code.around(quote! {
        #import
        let #miss = match (#krate::Call {
            site: #site,
            shape: #shape,
            bypass: #bypass,
            query: #query,
            config: #config,
            groups: || #groups,
        }
        .begin()) {
            #krate::Lookup::Hit(#value) => return #value,
            #krate::Lookup::Miss(#miss) => #miss,
        };
        #compute
    });
    quote! {
        #(#attributes)*
        #visibility #signature {
            #(#inner_attributes)*
            #content
        }
    }
}

/// The static stands in a block without user tokens, which could see it.
fn site(call: &Call<'_>) -> TokenStream {
    let krate = call.krate();
    let name = match call.options.name.get() {
        Some(name) => quote!(#name),
        None => {
            let ident = call.function.signature.ident.to_string();
            quote!(::core::concat!(::core::module_path!(), "::", #ident))
        }
    };
    quote!({
        static SITE: #krate::CallSite = #krate::CallSite::new(#name);
        &SITE
    })
}

/// The return type, pointing at it if it cannot be cached.
fn shape(call: &Call<'_>) -> TokenStream {
    let krate = call.krate();
    let ret = call.function.code.return_type();
    let Place { first, last } = Place::of(&ret);
    let there = private_at(call.options.krate.get(), first);
    let return_of = quote_spanned!(first=> #there::ReturnOf::<#ret>::new());
    let options = call.options;
    let checked = |draft: TokenStream| quote!(#krate::checked(#draft));
    let chosen = match (options.cache_err.get(), options.cache_ok.get()) {
        (Some(()), _) => checked(quote_spanned!(last=> #return_of.whole())),
        (None, Some(())) => quote_spanned!(last=> #there::ok_only(#return_of)),
        // A name may stand for a `Result` or not.
        (None, None) if call.returns_a_name() => {
            checked(quote_spanned!(last=> #return_of.__gcache_shape_of_name()))
        }
        (None, None) => checked(quote_spanned!(last=> #return_of.__gcache_shape())),
    };
    let chooses = options.cache_err.get().or(options.cache_ok.get()).is_none();
    let import = chooses.then(|| quote!(use #krate::PlainReturn as _;));
    let shape = hidden("shape", Span::call_site());
    quote!({
        #import
        // The lint takes the path for the user's, since it stands where the return type does.
        #[allow(clippy::absolute_paths)]
        let #shape = #chosen;
        #shape
    })
}

fn bypass(call: &Call<'_>) -> TokenStream {
    call.options.bypass.get().map_or_else(|| quote!(false), |bypass| quote!(#bypass))
}

/// Every part of the key by reference, pointing at what a missing bound is about.
fn query(call: &Call<'_>) -> TokenStream {
    let krate = call.krate();
    match call.options.by.get() {
        Some(by) => nest(by.iter().map(|expr| {
            let Place { first, last } = Place::of(expr);
            let there = private_at(call.options.krate.get(), first);
            let given = quote_spanned!(first=> #there::Given(&(#expr)));
            let part = quote_spanned!(last=> #given.__gcache_part());
            quote!(#krate::part(#part))
        })),
        None if call.key_parameters().any(|parameter| !parameter.cfg.is_empty()) => {
            nest_configured(call)
        }
        None => nest(call.key_parameters().map(|parameter| key_part(call, &parameter))),
    }
}

/// A parameter as a part of the key.
fn key_part(call: &Call<'_>, parameter: &KeyParameter<'_>) -> TokenStream {
    let krate = call.krate();
    let KeyParameter { cfg: _, name, ty } = *parameter;
    let Place { first, last } = Place::of(&referent(ty).unwrap_or(ty));
    let name = name_at(name, last);
    let part = match referent(ty) {
        Some(_) => quote_spanned!(first=> &*#name),
        None => quote_spanned!(first=> &#name),
    };
    quote!(#krate::part(#part))
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
    match expr {
        Expr::Path(path) => path.path.get_ident(),
        Expr::Paren(paren) => lone_name(&paren.expr),
        Expr::Group(group) => lone_name(&group.expr),
        _ => None,
    }
}

fn config(call: &Call<'_>) -> TokenStream {
    let options = call.options;
    let config = hidden("config", Span::call_site());
    let capacity = options.capacity.get().map(|capacity| {
        let amount = amount(capacity);
        quote!(.capacity #amount (#capacity))
    });
    let weight = options.max_weight.get().zip(options.weigh.get()).map(|(max, weigh)| {
        let amount = amount(max);
        let (value, weight) = of_value(weigh);
        let there = private_at(options.krate.get(), Place::of(weigh).first);
        quote!(.max_weight #amount (#max, |#value| #there::weight(#weight)))
    });
    let ttl = options.ttl.get().map(duration).map(|ttl| quote!(.ttl(#ttl)));
    let idle = options.idle.get().map(duration).map(|idle| quote!(.idle(#idle)));
    let patience = options.patience.get().map(|patience| {
        let krate = call.krate();
        let patience = match patience {
            Patience::Off => quote!(#krate::Patience::OFF),
            Patience::Time(time) => duration(time),
        };
        quote!(.patience(#patience))
    });
    let cache_if = options.cache_if.get().map(|cache_if| {
        let (value, condition) = of_value(cache_if);
        quote!(.cache_if(|#value| #condition))
    });
    let rows = options.results.word().map(|word| {
        let there = private_at(options.krate.get(), word.span());
        let collect_rows = quote_spanned!(word.span()=> #there::collect_rows);
        quote!(.rows(#collect_rows))
    });
    quote!(|#config| #config #capacity #weight #ttl #idle #patience #cache_if #rows)
}

/// A call of `function` with a value, and the name of that value.
fn of_value(function: &Expr) -> (Ident, TokenStream) {
    let Place { first, last } = Place::of(function);
    let value = hidden("value", last);
    let arguments = quote_spanned!(last=> (#value));
    let call = match function {
        Expr::Path(_) => quote!(#function #arguments),
        _ => {
            let called = hidden("called", last);
            let call = quote_spanned!(first=> (#function) #arguments);
            quote!({
                #[allow(clippy::redundant_closure_call)]
                let #called = #call;
                #called
            })
        }
    };
    (value, call)
}

/// Says that literals, and what is computed of them, are `u64` where they have no suffix; anything else
/// has a type of its own.
fn amount(expr: &Expr) -> Option<TokenStream> {
    is_of_literals(expr).then(|| quote!(::<::core::primitive::u64>))
}

fn is_of_literals(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(literal) => {
            matches!(&literal.lit, Lit::Int(number) if number.suffix().is_empty())
        }
        Expr::Binary(binary) => is_of_literals(&binary.left) && is_of_literals(&binary.right),
        Expr::Paren(paren) => is_of_literals(&paren.expr),
        Expr::Group(group) => is_of_literals(&group.expr),
        _ => false,
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
