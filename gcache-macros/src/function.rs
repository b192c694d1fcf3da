//! A function whose body is kept as it is, so that a mistake in it is the compiler's to report.

use proc_macro2::{Delimiter, Group as Delimited, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse as _, ParseStream, Parser as _};
use syn::visit::{self, Visit};
use syn::{Attribute, Lifetime, ReturnType, Signature, Token, TypeImplTrait, TypeReference, token};
use syn::{Type, Visibility};

/// A function or a method.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    /// `#![…]` at the head of the body.
    pub(crate) inner_attributes: Vec<Attribute>,
    pub(crate) body: Delimited,
}

impl Function {
    /// Reads a function for the attribute `name`.
    pub(crate) fn parse_for(name: &str, input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let signature: Signature = Signature::parse(input).map_err(|error| {
            let message = format!("`#[{name}]` goes on a function or a method");
            syn::Error::new(error.span(), message)
        })?;
        if input.peek(Token![;]) {
            let message = format!(
                "a declaration has no body to run: put `#[{name}]` on the function that has one",
            );
            return Err(input.error(message));
        }
        if !input.peek(token::Brace) {
            return Err(input.error("expected a body"));
        }
        let (inner_attributes, body) = split(&braces(input)?)?;
        Ok(Self { attributes, visibility, signature, inner_attributes, body })
    }

    pub(crate) fn is_async(&self) -> bool {
        self.signature.asyncness.is_some()
    }

    pub(crate) fn return_type(&self) -> TokenStream {
        match &self.signature.output {
            ReturnType::Default => quote!(()),
            ReturnType::Type(_, ty) => ty.to_token_stream(),
        }
    }
}

/// A body, also in the invisible group that a macro puts around a `$body:block`.
fn braces(input: ParseStream<'_>) -> syn::Result<Delimited> {
    match input.parse()? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Ok(group),
        TokenTree::Group(group) => braces.parse2(group.stream()),
        other => Err(syn::Error::new(other.span(), "expected a body")),
    }
}

/// The attributes at the head of a body, which only that of a function may have, and the rest.
fn split(body: &Delimited) -> syn::Result<(Vec<Attribute>, Delimited)> {
    let parser = |input: ParseStream<'_>| {
        let attributes = input.call(Attribute::parse_inner)?;
        let rest: TokenStream = input.parse()?;
        if attributes.is_empty() {
            // As it is, since its braces have places of their own, which a new one has not.
            return Ok((attributes, body.clone()));
        }
        let mut rest = Delimited::new(body.delimiter(), rest);
        rest.set_span(body.span());
        Ok((attributes, rest))
    };
    parser.parse2(body.stream())
}

/// Something in a type that keeps a value of it from being held beyond the call.
pub(crate) enum Fleeting {
    /// A borrow, at its `&` or its lifetime. One that is not written is the compiler's to find.
    Borrow(TokenStream),
    /// `impl Trait`, at its `impl`.
    Unnamed(Token![impl]),
}

/// All that keeps a returned value from being held beyond the call.
pub(crate) fn fleeting(output: &ReturnType) -> Vec<Fleeting> {
    match output {
        ReturnType::Default => Vec::new(),
        ReturnType::Type(_, ty) => fleeting_in(ty),
    }
}

/// All that keeps a value of this type from being held beyond the call.
pub(crate) fn fleeting_in(ty: &Type) -> Vec<Fleeting> {
    struct Found(Vec<Fleeting>);
    impl<'ast> Visit<'ast> for Found {
        fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
            match &reference.lifetime {
                None => self.0.push(Fleeting::Borrow(reference.and_token.to_token_stream())),
                Some(lifetime) => self.visit_lifetime(lifetime),
            }
            self.visit_type(&reference.elem);
        }

        fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
            if lifetime.ident != "static" {
                self.0.push(Fleeting::Borrow(lifetime.to_token_stream()));
            }
        }

        fn visit_type_impl_trait(&mut self, ty: &'ast TypeImplTrait) {
            self.0.push(Fleeting::Unnamed(ty.impl_token));
        }

        // `fn(&str)`, `dyn Fn(&str)` and `dyn for<'a> Trait<'a>` borrow nothing.

        fn visit_type_fn_ptr(&mut self, _: &'ast syn::TypeFnPtr) {}

        fn visit_parenthesized_generic_arguments(
            &mut self,
            _: &'ast syn::ParenthesizedGenericArguments,
        ) {
        }

        fn visit_trait_bound(&mut self, bound: &'ast syn::TraitBound) {
            if bound.lifetimes.is_none() {
                visit::visit_trait_bound(self, bound);
            }
        }
    }
    let mut found = Found(Vec::new());
    found.visit_type(ty);
    found.0
}

/// The `T` of `&T`, also in the parentheses or the invisible group that a macro puts around it.
pub(crate) fn referent(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Reference(reference) => Some(&reference.elem),
        Type::Paren(paren) => referent(&paren.elem),
        Type::Group(group) => referent(&group.elem),
        _ => None,
    }
}
