//! The expansion of a cached function. Takes a valid model and cannot fail.

use super::model::Call;
use super::parse::Time;
use crate::function::is_reference;
use crate::group::nest;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
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
///     let begun = Call {
///         site: { static SITE: Site = Site::new("path::view_book"); &SITE },
///         shape: ReturnOf::<String>::new().shape(),
///         bypass: false,
///         query: (part(&pk), ()),
///         config: |config| config,
///         groups: || (Member::<Book>::new(&pk), ()),
///     }
///     .begin();
///     match begun {
///         Begun::Hit(value) => value,
///         Begun::Miss(miss) => miss.run(move || -> String { body }),
///     }
/// }
/// ```
pub(crate) fn expand(call: &Call<'_>) -> TokenStream {
    let krate = call.krate();
    let (attributes, visibility) = (&call.function.attributes, &call.function.visibility);
    let (signature, body) = (&call.function.signature, &call.function.body);
    let (site, shape, bypass) = (site(call), shape(call), bypass(call));
    let (query, config, groups) = (query(call), config(call), groups(call));
    let ret = call.function.return_type();
    // Names that the user's body cannot see.
    let begun = Ident::new("begun", Span::mixed_site());
    let value = Ident::new("value", Span::mixed_site());
    let miss = Ident::new("miss", Span::mixed_site());
    let compute = if call.function.is_async() {
        quote!(#miss.run_async(async move || -> #ret #body).await)
    } else {
        quote!(#miss.run(move || -> #ret #body))
    };
    let import = call.options.by.get().map(|_| quote!(use #krate::GivenValue as _;));
    quote! {
        #(#attributes)*
        #visibility #signature {
            #import
            let #begun = #krate::Call {
                site: #site,
                shape: #shape,
                bypass: #bypass,
                query: #query,
                config: #config,
                groups: || #groups,
            }
            .begin();
            match #begun {
                #krate::Begun::Hit(#value) => #value,
                #krate::Begun::Miss(#miss) => #compute,
            }
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
        static SITE: #krate::Site = #krate::Site::new(#name);
        &SITE
    })
}

fn shape(call: &Call<'_>) -> TokenStream {
    let krate = call.krate();
    let ret = call.function.return_type();
    let span = ret.span();
    if call.options.cache_err.get().is_some() {
        return quote_spanned!(span=> #krate::shaped(#krate::ReturnOf::<#ret>::new().whole()));
    }
    quote_spanned!(span=> #krate::shaped({
        use #krate::PlainReturn as _;
        #krate::ReturnOf::<#ret>::new().shape()
    }))
}

fn bypass(call: &Call<'_>) -> TokenStream {
    call.options.bypass.get().map_or_else(|| quote!(false), |bypass| quote!(#bypass))
}

/// Every part of the key by reference, pointing at what a missing bound is about.
fn query(call: &Call<'_>) -> TokenStream {
    let krate = call.krate();
    match call.options.by.get() {
        Some(by) => nest(by.iter().map(
            |expr| quote_spanned!(expr.span()=> #krate::part(#krate::Given(&(#expr)).part())),
        )),
        None => nest(call.key_parameters().map(|(name, ty)| {
            let value = if is_reference(ty) { quote!(#name) } else { quote!(&#name) };
            quote_spanned!(ty.span()=> #krate::part(#value))
        })),
    }
}

fn groups(call: &Call<'_>) -> TokenStream {
    let krate = call.krate();
    nest(call.options.groups.iter().map(|group| {
        group.expand(&krate, |key| match lone_name(key) {
            // By reference, since the body wants the parameter itself.
            Some(name) if call.is_held(name) => quote_spanned!(name.span()=> &#name),
            _ => quote!(#key),
        })
    }))
}

fn lone_name(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(path) => path.path.get_ident(),
        _ => None,
    }
}

fn config(call: &Call<'_>) -> TokenStream {
    let options = call.options;
    let krate = call.krate();
    let config = Ident::new("config", Span::mixed_site());
    let value = Ident::new("value", Span::mixed_site());
    let capacity = options.capacity.get().map(|capacity| {
        let capacity = unsigned(capacity);
        quote!(.capacity(#capacity))
    });
    let weight = options.max_weight.get().zip(options.weigh.get()).map(|(max, weigh)| {
        let max = unsigned(max);
        quote!(.max_weight(#max, |#value| #krate::weight((#weigh)(#value))))
    });
    let ttl = options.ttl.get().map(duration).map(|ttl| quote!(.ttl(#ttl)));
    let idle = options.idle.get().map(duration).map(|idle| quote!(.idle(#idle)));
    let cache_if =
        options.cache_if.get().map(|cache_if| quote!(.cache_if(|#value| (#cache_if)(#value))));
    let results = options.results.word().map(|word| quote_spanned!(word.span()=> .results()));
    quote!(|#config| #config #capacity #weight #ttl #idle #cache_if #results)
}

/// A literal as `u64`, so that it needs no suffix; anything else as it is.
fn unsigned(expr: &Expr) -> TokenStream {
    match expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) if number.suffix().is_empty() => {
                let digits = syn::LitInt::new(&format!("{number}u64"), number.span());
                quote!(#digits)
            }
            _ => quote!(#expr),
        },
        _ => quote!(#expr),
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
