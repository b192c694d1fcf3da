//! The grammar of `#[cache_against(…)]`. Knows no meaning.

use crate::errors::{Errors, did_you_mean};
use crate::group::{Group, member_by_key, skip_to_comma};
use proc_macro2::{Ident, TokenStream};
use std::time::Duration;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Expr, Lit, LitStr, Path, Token, parenthesized};

/// The words that are options, for suggestions.
const WORDS: [&str; 14] = [
    "skip",
    "by",
    "key",
    "results",
    "ttl",
    "idle",
    "capacity",
    "max_weight",
    "weigh",
    "cache_if",
    "cache_err",
    "bypass",
    "name",
    "crate",
];

/// An option that may be given once.
pub(crate) struct Once<T>(Option<(Ident, T)>);

impl<T> Once<T> {
    fn set(&mut self, word: Ident, value: T, errors: &mut Errors) {
        if self.0.is_some() {
            errors.at(&word, format_args!("`{word}` is given twice"));
        } else {
            self.0 = Some((word, value));
        }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }

    pub(crate) fn word(&self) -> Option<&Ident> {
        self.0.as_ref().map(|(word, _)| word)
    }
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(None)
    }
}

/// A duration as written.
pub(crate) enum Time {
    /// `"90s"`
    Text(Duration),
    /// An expression of type `Duration`.
    Expr(Expr),
}

/// What stands in the parentheses of the attribute.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) groups: Vec<Group>,
    pub(crate) skip: Once<Vec<Ident>>,
    pub(crate) by: Once<Vec<Expr>>,
    pub(crate) results: Once<()>,
    pub(crate) ttl: Once<Time>,
    pub(crate) idle: Once<Time>,
    pub(crate) capacity: Once<Expr>,
    pub(crate) max_weight: Once<Expr>,
    pub(crate) weigh: Once<Expr>,
    pub(crate) cache_if: Once<Expr>,
    pub(crate) cache_err: Once<()>,
    pub(crate) bypass: Once<Expr>,
    pub(crate) name: Once<LitStr>,
    pub(crate) krate: Once<Path>,
}

impl Options {
    /// Reads every item, and goes on behind the next comma after a mistake.
    pub(crate) fn parse(attribute: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        let parser = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(error) = options.parse_item(input, errors) {
                    errors.add(error);
                    skip_to_comma(input)?;
                }
                if !input.is_empty() && input.parse::<Token![,]>().is_err() {
                    errors.add(input.error("expected `,`"));
                    skip_to_comma(input)?;
                    let _: Option<Token![,]> = input.parse()?;
                }
            }
            Ok(())
        };
        if let Err(error) = parser.parse2(attribute) {
            errors.add(error);
        }
        options
    }

    fn parse_item(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        if !is_option(input) {
            self.groups.push(input.parse()?);
            return Ok(());
        }
        let word = input.call(Ident::parse_any)?;
        match word.to_string().as_str() {
            "skip" => self.skip.set(word, parameters(input)?, errors),
            "by" => self.by.set(word, list(input)?, errors),
            "key" => member_by_key(&mut self.groups, &word, value(input)?)?,
            "results" => self.results.set(word, (), errors),
            "ttl" => self.ttl.set(word, time(input)?, errors),
            "idle" => self.idle.set(word, time(input)?, errors),
            "capacity" => self.capacity.set(word, size(input)?, errors),
            "max_weight" => self.max_weight.set(word, size(input)?, errors),
            "weigh" => self.weigh.set(word, value(input)?, errors),
            "cache_if" => self.cache_if.set(word, value(input)?, errors),
            "cache_err" => self.cache_err.set(word, (), errors),
            "bypass" => self.bypass.set(word, value(input)?, errors),
            "name" => self.name.set(word, value(input)?, errors),
            "crate" => {
                input.parse::<Token![=]>()?;
                self.krate.set(word, input.call(Path::parse_mod_style)?, errors);
            }
            unknown => {
                let near = did_you_mean(unknown, WORDS);
                let hint =
                    if near.is_empty() { "; a group is a type, as in `Book`" } else { &near };
                return Err(syn::Error::new(
                    word.span(),
                    format_args!("unknown option `{unknown}`{hint}"),
                ));
            }
        }
        Ok(())
    }
}

/// Whether the next item is an option and not a group: groups are types, which have capitals.
fn is_option(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    let Ok(word) = fork.call(Ident::parse_any) else {
        return false;
    };
    if fork.peek(Token![=]) {
        return true;
    }
    let small = word.unraw().to_string().chars().next().is_some_and(char::is_lowercase);
    small && !fork.peek(Token![::])
}

/// `= value`
fn value<T: Parse>(input: ParseStream<'_>) -> syn::Result<T> {
    input.parse::<Token![=]>()?;
    input.parse()
}

/// `(a, b)`
fn list<T: Parse>(input: ParseStream<'_>) -> syn::Result<Vec<T>> {
    let content;
    parenthesized!(content in input);
    Ok(Punctuated::<T, Token![,]>::parse_terminated(&content)?.into_iter().collect())
}

/// `(db, self)`
fn parameters(input: ParseStream<'_>) -> syn::Result<Vec<Ident>> {
    let content;
    parenthesized!(content in input);
    let parameters = content.parse_terminated(Ident::parse_any, Token![,])?;
    Ok(parameters.into_iter().collect())
}

/// `= "90s"` or `= Duration::from_secs(90)`
fn time(input: ParseStream<'_>) -> syn::Result<Time> {
    let expr: Expr = value(input)?;
    let Expr::Lit(literal) = &expr else {
        return Ok(Time::Expr(expr));
    };
    match &literal.lit {
        Lit::Str(text) => {
            let duration = humantime::parse_duration(&text.value()).map_err(|error| {
                let message =
                    format!("{error}: write a duration such as `\"90s\"` or `\"1h 30m\"`");
                syn::Error::new(text.span(), message)
            })?;
            if duration.is_zero() {
                return Err(syn::Error::new(text.span(), "nothing lives for no time at all"));
            }
            Ok(Time::Text(duration))
        }
        Lit::Int(number) => Err(syn::Error::new(
            number.span(),
            format_args!("a duration needs a unit: write `\"{number}s\"` or a `Duration`"),
        )),
        other => Err(syn::Error::new(other.span(), "expected `\"90s\"` or a `Duration`")),
    }
}

/// `= 10_000`, or an expression of an unsigned type.
fn size(input: ParseStream<'_>) -> syn::Result<Expr> {
    let expr: Expr = value(input)?;
    let Expr::Lit(literal) = &expr else {
        return Ok(expr);
    };
    match &literal.lit {
        Lit::Int(number) if number.base10_digits() == "0" => Err(syn::Error::new(
            number.span(),
            "a memo without room stores nothing: use `bypass = true`",
        )),
        Lit::Int(_) => Ok(expr),
        other => Err(syn::Error::new(other.span(), "expected a number")),
    }
}
