//! What is expected of an expansion.

use crate::case::Case;
use crate::subject::{Subject, expand};
use crate::tree::{Token, from_stream, to_stream};
use proc_macro2::{Delimiter, Spacing, TokenStream};
use quote::ToTokens;
use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use syn::parse::Parser as _;
use syn::{Attribute, File, FnArg, ImplItem, Item, ItemFn, ItemImpl, ReceiverKind, Signature};

/// What a macro did with an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It wrote code.
    Expanded,
    /// It wrote a `compile_error!` for each mistake.
    Refused,
}

/// What a macro must not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It panicked.
    Panic(String),
    /// It did not end in time.
    Hang,
    /// It wrote neither code nor a mistake.
    Nothing,
    /// What it wrote cannot be read as tokens again.
    DoesNotLex(String),
    /// What it wrote is not Rust, though the input was.
    DoesNotParse(String),
    /// It refused what keeps every rule.
    Refused,
    /// The user's item, or a part of it, is not in what it wrote.
    Lost(&'static str),
}

impl Fault {
    /// Whether both are of one kind, whatever they say.
    pub fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// Expands the input and looks at what comes.
///
/// # Errors
///
/// What is wrong with it.
pub fn judge(case: &Case) -> Result<Verdict, Fault> {
    let output = panic::catch_unwind(AssertUnwindSafe(|| expand(case)))
        .map_err(|payload| Fault::Panic(message(&*payload)))?;
    output
        .to_string()
        .parse::<TokenStream>()
        .map_err(|error| Fault::DoesNotLex(error.to_string()))?;
    let tokens = from_stream(output.clone());
    let (errors, rest) = split_errors(&tokens);
    if errors == 0 {
        check_expansion(case, output)?;
        return Ok(Verdict::Expanded);
    }
    // After a mistake the rest of the user's program keeps its item.
    let kept: &[Token] = if case.subject.is_attribute() { &case.item } else { &[] };
    let kept = from_stream(to_stream(kept));
    if rest == kept { Ok(Verdict::Refused) } else { Err(Fault::Lost("item after a mistake")) }
}

/// The same for an input that keeps every rule, and so must expand.
///
/// # Errors
///
/// What is wrong with it.
pub fn judge_sound(case: &Case) -> Result<Verdict, Fault> {
    match judge(case)? {
        Verdict::Expanded => Ok(Verdict::Expanded),
        Verdict::Refused => Err(Fault::Refused),
    }
}

/// What the macro writes for this input, if it does not panic.
pub fn expansion(case: &Case) -> String {
    let output = panic::catch_unwind(AssertUnwindSafe(|| expand(case)));
    output.map(|output| output.to_string()).unwrap_or_default()
}

/// Keeps panics that are caught from being printed, for the whole process.
pub fn quietly() {
    panic::set_hook(Box::new(|_| {}));
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// The number of `::core::compile_error!{ "…" }` at the head, and what follows.
fn split_errors(tokens: &[Token]) -> (usize, &[Token]) {
    match tokens {
        [
            Token::Punct(':', _),
            Token::Punct(':', _),
            Token::Word(core),
            Token::Punct(':', _),
            Token::Punct(':', _),
            Token::Word(error),
            Token::Punct('!', _),
            Token::Group(..),
            rest @ ..,
        ] if core == "core" && error == "compile_error" => {
            let (errors, rest) = split_errors(rest);
            (1 + errors, rest)
        }
        _ => (0, tokens),
    }
}

fn check_expansion(case: &Case, output: TokenStream) -> Result<(), Fault> {
    let item = to_stream(&case.item);
    if output.is_empty() {
        let passed_over = case.subject == Subject::Derive && is_extended_model(&case.item);
        return if passed_over { Ok(()) } else { Err(Fault::Nothing) };
    }
    match case.subject {
        Subject::CacheAgainst => check_function(item, output),
        Subject::Invalidates => match syn::parse2::<ItemImpl>(item.clone()) {
            Ok(block) => check_block(&block, output),
            Err(_) => check_function(item, output),
        },
        Subject::Derive | Subject::Depends => parsed::<File>(output).map(drop),
        Subject::Group => parsed::<File>(output).and_then(|file| check_group(case, &file)),
        Subject::Invalidate | Subject::DependsOn => parsed::<syn::Expr>(output).map(drop),
    }
}

/// What SeaORM writes beside a model, which has its derives and is none.
fn is_extended_model(item: &[Token]) -> bool {
    let has = |word: &str| contains(item, &[Token::Word(word.to_owned())]);
    has("ModelEx") && has("sea_orm")
}

fn parsed<T: syn::parse::Parse>(output: TokenStream) -> Result<T, Fault> {
    syn::parse2(output).map_err(|error| Fault::DoesNotParse(error.to_string()))
}

/// A function keeps its attributes, visibility, signature and body. A body that is not Rust is the
/// compiler's to explain, and is kept all the same.
fn check_function(item: TokenStream, output: TokenStream) -> Result<(), Fault> {
    // The parser does not see invisible delimiters, wherever they begin and end.
    let Some(Token::Group(_, body)) = visible(from_stream(item.clone())).pop() else {
        return Err(Fault::Lost("body, since there is none"));
    };
    let written = with_self(visible(from_stream(output.clone())));
    if !contains(&written, awaited(&without_inner_attributes(&body))) {
        return Err(Fault::Lost("body"));
    }
    let Ok(before) = syn::parse2::<ItemFn>(item) else {
        return Ok(());
    };
    let mut after = parsed::<ItemFn>(output)?;
    give_back_mut(&before.sig, &mut after.sig);
    same("attributes", &all(&before.attrs), &all(&after.attrs))?;
    same("visibility", &before.vis, &after.vis)?;
    same("signature", &before.sig, &after.sig)
}

/// A block keeps all but the bodies of its methods.
fn check_block(before: &ItemImpl, output: TokenStream) -> Result<(), Fault> {
    let mut after = parsed::<ItemImpl>(output)?;
    if before.items.len() != after.items.len() {
        return Err(Fault::Lost("method"));
    }
    for (before, after) in before.items.iter().zip(&mut after.items) {
        if let (ImplItem::Fn(before), ImplItem::Fn(after)) = (before, after) {
            let (was, is) = (from_stream(body(before)), with_self(from_stream(body(after))));
            if !contains(&is, awaited(&was)) {
                return Err(Fault::Lost("body of a method"));
            }
            give_back_mut(&before.sig, &mut after.sig);
            after.block = before.block.clone();
        }
    }
    same("block", before, &after)
}

fn body(method: &syn::ImplItemFn) -> TokenStream {
    method.block.stmts.iter().map(ToTokens::to_token_stream).collect()
}

/// What is in the one block of a future, where a body is one, since what is around it is written anew.
fn awaited(body: &[Token]) -> &[Token] {
    match body {
        [Token::Word(word), .., Token::Group(Delimiter::Brace, inner)]
            if word == "async" && body.len() <= 3 =>
        {
            inner
        }
        [.., Token::Word(pin), Token::Group(Delimiter::Parenthesis, inner)] if pin == "pin" => {
            let inner = inner.strip_suffix(&[Token::Punct(',', Spacing::Alone)]).unwrap_or(inner);
            awaited(inner)
        }
        _ => body,
    }
}

/// The tokens with `self` for what stands for it in a body that borrows it from a pinned one.
fn with_self(tokens: Vec<Token>) -> Vec<Token> {
    let renamed = |token| match token {
        Token::Word(word) if word == "__gcache_self" => Token::Word("self".to_owned()),
        Token::Group(delimiter, inner) => Token::Group(delimiter, with_self(inner)),
        token => token,
    };
    tokens.into_iter().map(renamed).collect()
}

/// A pinned receiver that is borrowed from loses its `mut` to what is borrowed.
fn give_back_mut(before: &Signature, after: &mut Signature) {
    if let (Some(FnArg::Receiver(before)), Some(FnArg::Receiver(after))) =
        (before.inputs.first(), after.inputs.first_mut())
        && matches!(before.kind, ReceiverKind::Typed(..))
    {
        after.mutability = before.mutability;
    }
}

/// A group keeps its name.
fn check_group(case: &Case, file: &File) -> Result<(), Fault> {
    let declared = file.items.iter().find_map(|item| match item {
        Item::Enum(group) => Some(group.ident.to_string()),
        _ => None,
    });
    let is_written = |name: String| contains(&case.item, &[Token::Word(name)]);
    if declared.is_some_and(is_written) { Ok(()) } else { Err(Fault::Lost("name of a group")) }
}

fn all(attributes: &[Attribute]) -> TokenStream {
    attributes.iter().map(ToTokens::to_token_stream).collect()
}

fn same(what: &'static str, before: &impl ToTokens, after: &impl ToTokens) -> Result<(), Fault> {
    let [before, after] = [before.to_token_stream(), after.to_token_stream()];
    if before.to_string() == after.to_string() { Ok(()) } else { Err(Fault::Lost(what)) }
}

/// What follows `#![…]` at the head of a body.
fn without_inner_attributes(body: &[Token]) -> Vec<Token> {
    let rest = |input: syn::parse::ParseStream<'_>| {
        input.call(Attribute::parse_inner)?;
        input.parse::<TokenStream>()
    };
    from_stream(rest.parse2(to_stream(body)).unwrap_or_default())
}

/// The tokens without invisible delimiters.
fn visible(tokens: Vec<Token>) -> Vec<Token> {
    let seen = |token| match token {
        Token::Group(Delimiter::None, inner) => visible(inner),
        Token::Group(delimiter, inner) => vec![Token::Group(delimiter, visible(inner))],
        token => vec![token],
    };
    tokens.into_iter().flat_map(seen).collect()
}

/// Whether `part` stands somewhere in `whole`, between delimiters or beside others.
fn contains(whole: &[Token], part: &[Token]) -> bool {
    part.is_empty()
        || whole.windows(part.len()).any(|window| window == part)
        || whole.iter().filter_map(Token::inner).any(|inner| contains(inner, part))
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Panic(message) => write!(f, "panics: {message}"),
            Self::Hang => write!(f, "does not end"),
            Self::Nothing => write!(f, "says nothing"),
            Self::DoesNotLex(error) => write!(f, "writes what are no tokens: {error}"),
            Self::DoesNotParse(error) => write!(f, "writes what is not Rust: {error}"),
            Self::Refused => write!(f, "refuses what keeps every rule"),
            Self::Lost(what) => write!(f, "loses the {what}"),
        }
    }
}
