//! A cached function with its options: borrows what the user wrote, and answers questions about it.

use super::parse::Options;
use crate::function::{Function, bare, referent, ungrouped};
use crate::group::private;
use crate::place::name_at;
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident};
use std::mem::discriminant;
use syn::ext::IdentExt as _;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, FnArg, Macro, Pat, Receiver, ReceiverKind, Type};

/// A cached function with its options.
pub(crate) struct Call<'a> {
    pub(crate) options: &'a Options,
    pub(crate) function: &'a Function,
    pub(crate) parameters: Vec<Parameter<'a>>,
    /// The attribute, as written.
    attribute: String,
}

/// A parameter of the cached function.
pub(crate) struct Parameter<'a> {
    pub(crate) kind: Kind<'a>,
    cfg: Vec<&'a Attribute>,
    /// The names that its pattern binds: `self` for a receiver.
    pub(crate) names: Vec<Ident>,
}

/// A parameter that is part of the memo key.
pub(crate) struct KeyParameter<'a> {
    /// Its `#[cfg(…)]`: nobody knows yet whether it is there.
    pub(crate) cfg: Vec<&'a Attribute>,
    pub(crate) name: &'a Ident,
    pub(crate) ty: &'a Type,
}

pub(crate) enum Kind<'a> {
    /// `self` in any form.
    Receiver(&'a Receiver),
    /// `name: Type`
    Named(&'a Ident, &'a Type),
    /// Any other pattern.
    Pattern(&'a Pat, &'a Type),
}

impl<'a> Call<'a> {
    pub(crate) fn new(options: &'a Options, function: &'a Function, attribute: String) -> Self {
        let parameters = function.signature.inputs.iter().map(Parameter::new).collect();
        Self { options, function, parameters, attribute }
    }

    /// A hash of the attribute, the signature and the body: another version of a program shares no values of a function
    /// that is written in another way.
    pub(crate) fn hash_of_text(&self) -> u64 {
        let Function { signature, code, .. } = self.function;
        let (signature, body) = (signature.to_token_stream(), code.body().to_token_stream());
        let text = format!("{}\n{signature}\n{body}", self.attribute);
        // FNV-1a. Tokens are written the same by each build of one compiler.
        text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }

    /// The library's module of generated code.
    pub(crate) fn private(&self) -> TokenStream {
        private(self.options.krate.get())
    }

    /// All names that the parameters bind.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Ident> {
        self.parameters.iter().flat_map(|parameter| &parameter.names)
    }

    pub(crate) fn is_skipped(&self, name: &Ident) -> bool {
        self.options.skip.get().is_some_and(|skipped| skipped.contains(name))
    }

    /// Whether the memo key holds what `name` stands for.
    pub(crate) fn is_in_key(&self, name: &Ident) -> bool {
        match self.options.by.get() {
            Some(by) => by.iter().any(|expr| mentions(expr, name).is_some()),
            None => !self.is_skipped(name),
        }
    }

    /// Where `expr` uses of `name` what the memo key does not hold.
    pub(crate) fn mentions_outside_key(&self, expr: &Expr, name: &Ident) -> Option<Ident> {
        match self.options.by.get() {
            Some(by) => mentions_besides(expr, name, by),
            None if self.is_skipped(name) => mentions(expr, name),
            None => None,
        }
    }

    /// The parameters that make the memo key where there is no `by`.
    pub(crate) fn key_parameters(&self) -> impl DoubleEndedIterator<Item = KeyParameter<'a>> {
        self.parameters.iter().filter_map(|parameter| match parameter.kind {
            Kind::Named(name, ty) if !self.is_skipped(name) => {
                Some(KeyParameter { cfg: parameter.cfg.clone(), name, ty })
            }
            _ => None,
        })
    }

    /// Whether `name` is a parameter that is, by its type, a reference.
    pub(crate) fn is_borrowed(&self, name: &Ident) -> bool {
        self.parameters.iter().any(|parameter| match parameter.kind {
            Kind::Named(known, ty) => known == name && referent(ty).is_some(),
            Kind::Receiver(receiver) => {
                name == "self" && matches!(receiver.kind, ReceiverKind::Reference(..))
            }
            Kind::Pattern(..) => false,
        })
    }

    /// Whether the return type is a name alone, of a type or of a parameter, or the type of a trait.
    pub(crate) fn returns_a_name(&self) -> bool {
        self.function.code.returned().is_some_and(|ty| match ungrouped(ty) {
            Type::Path(path) => path.qself.is_some() || is_a_name(&path.path),
            _ => false,
        })
    }

    /// The type parameter of the function that the return type is, or is the type of a trait of.
    pub(crate) fn returned_parameter(&self) -> Option<&'a Ident> {
        let mut ty = ungrouped(self.function.code.returned()?);
        loop {
            let Type::Path(path) = ty else { return None };
            if let Some(qself) = &path.qself {
                ty = ungrouped(&qself.ty);
                continue;
            }
            let first = &path.path.segments.first()?.ident;
            let is_it = |known: &&Ident| *known == first && is_a_name(&path.path);
            let signature = &self.function.signature;
            return signature.generics.type_params().map(|param| &param.ident).find(is_it);
        }
    }
}

/// `T`, `T::Output` or `page::Page`, and nothing that says what it is made of.
fn is_a_name(path: &syn::Path) -> bool {
    !path.is_ident("Self") && path.segments.iter().all(|segment| segment.arguments.is_none())
}

impl<'a> Parameter<'a> {
    fn new(argument: &'a FnArg) -> Self {
        let (attributes, kind, names) = match argument {
            FnArg::Receiver(receiver) => {
                let name = format_ident!("self", span = receiver.self_token.span);
                (&receiver.attrs, Kind::Receiver(receiver), vec![name])
            }
            FnArg::Typed(typed) => match &*typed.pat {
                Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => {
                    (&typed.attrs, Kind::Named(&name.ident, &typed.ty), vec![name.ident.clone()])
                }
                pattern => (&typed.attrs, Kind::Pattern(pattern, &typed.ty), bound(pattern)),
            },
        };
        let cfg = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect();
        Self { kind, cfg, names }
    }

    /// Whether it is left out by name: all that it binds is skipped.
    pub(crate) fn is_skipped(&self, call: &Call<'_>) -> bool {
        !self.names.is_empty() && self.names.iter().all(|name| call.is_skipped(name))
    }
}

/// The names that a pattern binds.
fn bound(pattern: &Pat) -> Vec<Ident> {
    struct Bound(Vec<Ident>);
    impl<'ast> Visit<'ast> for Bound {
        fn visit_pat_ident(&mut self, name: &'ast syn::PatIdent) {
            self.0.push(name.ident.clone());
            visit::visit_pat_ident(self, name);
        }
    }
    let mut bound = Bound(Vec::new());
    bound.visit_pat(pattern);
    bound.0
}

/// Where `expr` uses the variable `name`, if it does.
pub(crate) fn mentions(expr: &Expr, name: &Ident) -> Option<Ident> {
    mentions_besides(expr, name, &[])
}

/// Where `expr` uses the variable `name` in another way than as one of `parts`.
fn mentions_besides(expr: &Expr, name: &Ident, parts: &[Expr]) -> Option<Ident> {
    struct Mentions<'a> {
        name: &'a Ident,
        parts: Vec<&'a Expr>,
        at: Option<Ident>,
    }
    impl<'ast> Visit<'ast> for Mentions<'_> {
        fn visit_expr(&mut self, expr: &'ast Expr) {
            if !self.parts.iter().any(|part| is_written_as(expr, part)) {
                visit::visit_expr(self, expr);
            }
        }

        fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
            if let Some(ident) = path.path.get_ident().filter(|ident| *ident == self.name) {
                self.at.get_or_insert_with(|| ident.clone());
            }
        }

        // Names that the expression binds itself hide the variable.

        fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
            if !closure.inputs.iter().any(|input| self.is_bound(input)) {
                visit::visit_expr_closure(self, closure);
            }
        }

        fn visit_arm(&mut self, arm: &'ast syn::Arm) {
            if !self.is_bound(&arm.pat) {
                visit::visit_arm(self, arm);
            }
        }

        fn visit_block(&mut self, block: &'ast syn::Block) {
            for statement in &block.stmts {
                match statement {
                    syn::Stmt::Local(local) if self.is_bound(&local.pat) => {
                        return local.init.iter().for_each(|init| self.visit_local_init(init));
                    }
                    _ => self.visit_stmt(statement),
                }
            }
        }

        // What a macro does with its tokens is unknown: any of them may be the variable.
        fn visit_macro(&mut self, call: &'ast Macro) {
            if let Some(ident) = find(call.tokens.clone(), self.name) {
                self.at.get_or_insert(ident);
            }
        }
    }
    impl Mentions<'_> {
        fn is_bound(&self, pattern: &Pat) -> bool {
            bound(pattern).contains(self.name)
        }
    }
    let parts: Vec<&Expr> = parts.iter().map(value_of).collect();
    if parts.iter().any(|part| is_variable(part, name)) {
        return None;
    }
    let mut mentions = Mentions { name, parts, at: None };
    mentions.visit_expr(expr);
    mentions.at
}

fn is_variable(expr: &Expr, name: &Ident) -> bool {
    matches!(expr, Expr::Path(path) if path.path.is_ident(name))
}

/// Whether two expressions are the same tokens.
fn is_written_as(one: &Expr, other: &Expr) -> bool {
    // Their kinds first: to write out every expression within an expression is quadratic.
    discriminant(one) == discriminant(other)
        && one.to_token_stream().to_string() == other.to_token_stream().to_string()
}

/// The `value` of `&value` or `*value`, which hold no less.
fn value_of(expr: &Expr) -> &Expr {
    match bare(expr) {
        Expr::Reference(reference) => value_of(&reference.expr),
        Expr::Unary(syn::ExprUnary { op: syn::UnOp::Deref(_), expr, .. }) => value_of(expr),
        expr => expr,
    }
}

/// Where `tokens` name `name`, if they do.
fn find(tokens: TokenStream, name: &Ident) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) => (ident == *name).then_some(ident),
        TokenTree::Group(group) => find(group.stream(), name),
        // `format!("{name}")`
        TokenTree::Literal(literal) => {
            names_inline(&literal.to_string(), name).then(|| name_at(name, literal.span()))
        }
        TokenTree::Punct(_) => None,
    })
}

/// Whether a text names a variable as format strings do: `{name}`, `{name:…}` or `{…:name$}`.
fn names_inline(text: &str, name: &Ident) -> bool {
    let name = name.unraw().to_string();
    text.match_indices(&name).any(|(at, name)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        before.ends_with('{') && after.starts_with(['}', ':']) || after.starts_with('$')
    })
}
