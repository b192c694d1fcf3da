//! A function that returns a future, written out: what `#[async_trait]` makes of an `async fn`.

use crate::function::ungrouped;
use proc_macro2::{Delimiter, Group as Delimited, TokenStream, TokenTree};
use quote::quote;
use syn::parse::{ParseStream, Parser as _};
use syn::{
    AngleBracketedGenericArguments, GenericArgument, Path, PathArguments, PathSegment, ReturnType,
    Token, Type, TypeParamBound,
};

/// The body of such a function: `Box::pin(async move { .. })`, or the block alone.
pub(crate) struct Written {
    /// `Box::pin`
    pin: Option<Path>,
    /// What the future comes to.
    pub(crate) output: Type,
    pub(crate) body: Delimited,
}

impl Written {
    /// Reads it, if the function returns a future and its body is one such expression.
    pub(crate) fn read(output: &ReturnType, body: &Delimited) -> Option<Self> {
        let output = awaited(output)?.clone();
        let parser = |input: ParseStream<'_>| {
            if input.peek(Token![async]) {
                return Ok((None, block(input)?));
            }
            let pin = Path::parse_mod_style(input)?;
            let content;
            syn::parenthesized!(content in input);
            let block = block(&content)?;
            content.parse::<Option<Token![,]>>()?;
            Ok((Some(pin), block))
        };
        let (pin, body) = parser.parse2(body.stream()).ok()?;
        let pins = pin.as_ref().is_none_or(|pin| {
            let mut names = pin.segments.iter().rev().map(|segment| &segment.ident);
            names.next().is_some_and(|last| last == "pin")
                && names.next().is_some_and(|before| before == "Box")
        });
        pins.then_some(Self { pin, output, body })
    }

    /// The body with `content` in the place of the block's.
    pub(crate) fn around(&self, content: &TokenStream) -> TokenStream {
        let block = quote!(async move { #content });
        match &self.pin {
            Some(pin) => quote!(#pin(#block)),
            None => block,
        }
    }
}

/// `async move { .. }`
fn block(input: ParseStream<'_>) -> syn::Result<Delimited> {
    input.parse::<Token![async]>()?;
    input.parse::<Option<Token![move]>>()?;
    match input.parse()? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Ok(group),
        other => Err(syn::Error::new(other.span(), "expected a block")),
    }
}

/// What the future comes to that a function returns, if its return type says that it is one.
pub(crate) fn awaited(output: &ReturnType) -> Option<&Type> {
    match output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => awaited_of(ty),
    }
}

fn awaited_of(ty: &Type) -> Option<&Type> {
    match ungrouped(ty) {
        Type::ImplTrait(ty) => ty.bounds.iter().find_map(output_of),
        Type::TraitObject(ty) => ty.bounds.iter().find_map(output_of),
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            let arguments = arguments(last)?;
            match last.ident.to_string().as_str() {
                "Pin" | "Box" => types(arguments).next().and_then(awaited_of),
                "BoxFuture" | "LocalBoxFuture" => types(arguments).last(),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The `R` of `Future<Output = R>`.
fn output_of(bound: &TypeParamBound) -> Option<&Type> {
    let TypeParamBound::Trait(bound) = bound else { return None };
    let last = bound.path.segments.last().filter(|last| last.ident == "Future")?;
    arguments(last)?.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(output) if output.ident == "Output" => Some(&output.ty),
        _ => None,
    })
}

fn arguments(segment: &PathSegment) -> Option<&AngleBracketedGenericArguments> {
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments),
        _ => None,
    }
}

fn types(arguments: &AngleBracketedGenericArguments) -> impl DoubleEndedIterator<Item = &Type> {
    arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}
