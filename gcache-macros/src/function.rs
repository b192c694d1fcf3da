//! A function whose body is kept as it is, so that a mistake in it is the compiler's to report.

use crate::future::{Written, awaited};
use proc_macro2::{Delimiter, Group as Delimited, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse as _, ParseStream, Parser as _};
use syn::visit::{self, Visit};
use syn::{
    Attribute, Block, Expr, ExprClosure, GenericArgument, Lifetime, PathArguments, ReturnType,
    Signature, Token, TypeImplTrait, TypeReference, token,
};
use syn::{Type, Visibility};

/// A function or a method.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    /// `#![…]` at the head of the body.
    pub(crate) inner_attributes: Vec<Attribute>,
    pub(crate) code: Code,
}

/// What a function does when it is called, or when what it returns is awaited.
pub(crate) struct Code {
    body: Delimited,
    is_async: bool,
    /// The future that it returns, where one is written out.
    written: Option<Written>,
    /// What it returns.
    output: ReturnType,
}

impl Code {
    pub(crate) fn new(signature: &Signature, body: Delimited) -> Self {
        let is_async = signature.asyncness.is_some();
        let written = if is_async { None } else { Written::read(&signature.output, &body) };
        Self { body, is_async, written, output: signature.output.clone() }
    }

    /// What a method of a block does.
    pub(crate) fn of_block(signature: &Signature, block: &Block) -> Self {
        let braces = |input: ParseStream<'_>| braces(input);
        let body = braces.parse2(block.to_token_stream());
        // A block is written as its braces.
        let body = body.unwrap_or_else(|_| Delimited::new(Delimiter::Brace, TokenStream::new()));
        Self::new(signature, body)
    }

    /// Whether the future that it returns is written out.
    pub(crate) fn is_written(&self) -> bool {
        self.written.is_some()
    }

    /// Whether it is a future's.
    pub(crate) fn is_async(&self) -> bool {
        self.is_async || self.written.is_some()
    }

    /// The type of a future that it returns and that is made elsewhere.
    pub(crate) fn unread_future(&self) -> Option<&Type> {
        if self.is_async() {
            return None;
        }
        self.returned().filter(|_| awaited(&self.output).is_some())
    }

    pub(crate) fn body(&self) -> &Delimited {
        self.written.as_ref().map_or(&self.body, |written| &written.body)
    }

    /// What the body comes to, if that is written.
    pub(crate) fn returned(&self) -> Option<&Type> {
        match (&self.written, &self.output) {
            (Some(written), _) => Some(&written.output),
            (None, ReturnType::Type(_, ty)) => Some(ty),
            (None, ReturnType::Default) => None,
        }
    }

    /// What the body comes to.
    pub(crate) fn return_type(&self) -> TokenStream {
        self.returned().map_or_else(|| quote!(()), ToTokens::to_token_stream)
    }

    /// What stands in the function's braces when `content` takes the place of the body.
    pub(crate) fn around(&self, content: TokenStream) -> TokenStream {
        match &self.written {
            Some(written) => written.around(&content),
            None => content,
        }
    }
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
        let code = Code::new(&signature, body);
        Ok(Self { attributes, visibility, signature, inner_attributes, code })
    }
}

/// Whether an attribute goes by this name, of whatever path.
pub(crate) fn is_called(attribute: &Attribute, name: &str) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == name)
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

/// All that keeps a value of this type from being held beyond the call.
pub(crate) fn fleeting(ty: &Type) -> Vec<Fleeting> {
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

/// The type in the parentheses or the invisible group that a macro puts around one.
pub(crate) fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Paren(paren) => ungrouped(&paren.elem),
        Type::Group(group) => ungrouped(&group.elem),
        _ => ty,
    }
}

/// The `T` of `&T`.
pub(crate) fn referent(ty: &Type) -> Option<&Type> {
    match ungrouped(ty) {
        Type::Reference(reference) => Some(&reference.elem),
        _ => None,
    }
}

/// The expression in parentheses or an invisible group.
pub(crate) fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(paren) => bare(&paren.expr),
        Expr::Group(group) => bare(&group.expr),
        _ => expr,
    }
}

/// The closure that an expression is.
pub(crate) fn closure(expr: &Expr) -> Option<&ExprClosure> {
    match bare(expr) {
        Expr::Closure(closure) => Some(closure),
        _ => None,
    }
}

/// The type with `_` in the place of each `impl Trait`, which has no name.
pub(crate) fn with_types_inferred(ty: &Type) -> TokenStream {
    let mut ty = ty.clone();
    infer(&mut ty);
    ty.into_token_stream()
}

fn infer(ty: &mut Type) {
    match ty {
        Type::ImplTrait(_) => *ty = Type::Verbatim(quote!(_)),
        Type::Reference(reference) => infer(&mut reference.elem),
        Type::Paren(paren) => infer(&mut paren.elem),
        Type::Group(group) => infer(&mut group.elem),
        Type::Slice(slice) => infer(&mut slice.elem),
        Type::Array(array) => infer(&mut array.elem),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(infer),
        Type::Path(path) => {
            for segment in &mut path.path.segments {
                let PathArguments::AngleBracketed(arguments) = &mut segment.arguments else {
                    continue;
                };
                for argument in &mut arguments.args {
                    if let GenericArgument::Type(ty) = argument {
                        infer(ty);
                    }
                }
            }
        }
        _ => {}
    }
}
