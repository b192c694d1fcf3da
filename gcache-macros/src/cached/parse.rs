//! The grammar of `#[cache_against(…)]`. Knows no meaning.

use crate::errors::{Errors, did_you_mean};
use crate::function::bare;
use crate::group::{Group, all_of, crate_path, member_by_key, parse_items};
use proc_macro2::{Ident, TokenStream};
use std::time::Duration;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{Expr, ExprLit, ExprUnary, Lit, LitStr, Path, Token, UnOp, parenthesized, token};

/// The words that are options, for suggestions.
const WORDS: &str = "skip by key found results ttl idle patience capacity max_weight weigh cache_if cache_err cache_err_if \
                     cache_err_as cache_ok boxed shared_values bypass name crate";

/// An option that may be given once. Without a value where that could not be read.
pub(crate) struct Once<T>(Option<(Ident, Option<T>)>);

impl<T> Once<T> {
    fn set(&mut self, word: &Ident, value: syn::Result<T>, errors: &mut Errors) -> syn::Result<()> {
        let (value, mistake) = match value {
            Ok(value) => (Some(value), Ok(())),
            Err(mistake) => (None, Err(mistake)),
        };
        if self.0.is_some() {
            errors.at(word, format_args!("`{word}` is given twice"));
        } else {
            self.0 = Some((word.clone(), value));
        }
        mistake
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref().and_then(|(_, value)| value.as_ref())
    }

    pub(crate) fn word(&self) -> Option<&Ident> {
        self.0.as_ref().map(|(word, _)| word)
    }

    /// Whether it is given, but as nothing that could be read.
    pub(crate) fn is_unread(&self) -> bool {
        matches!(self.0, Some((_, None)))
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
    Expr(Box<Expr>),
}

/// How long to wait for another call's computation, as written.
pub(crate) enum Patience {
    /// `"off"`
    Off,
    /// At most so long.
    Time(Time),
}

/// How values are shared with other processes, as written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// With the arguments beside them.
    Clear,
    /// With a hash of the arguments.
    Secret,
}

/// What stands in the parentheses of the attribute.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) groups: Vec<Group>,
    /// Whether something was meant as a group that could not be read.
    pub(crate) unread_group: bool,
    pub(crate) skip: Once<Vec<Ident>>,
    pub(crate) by: Once<Vec<Expr>>,
    pub(crate) found: Once<()>,
    pub(crate) results: Once<()>,
    pub(crate) ttl: Once<Time>,
    pub(crate) idle: Once<Time>,
    pub(crate) patience: Once<Patience>,
    pub(crate) capacity: Once<Expr>,
    pub(crate) max_weight: Once<Expr>,
    pub(crate) weigh: Once<Expr>,
    pub(crate) cache_if: Once<Expr>,
    pub(crate) cache_err: Once<()>,
    pub(crate) cache_err_if: Once<Expr>,
    pub(crate) cache_err_as: Once<(Expr, Expr)>,
    pub(crate) cache_ok: Once<()>,
    pub(crate) boxed: Once<()>,
    pub(crate) shared_values: Once<Sharing>,
    pub(crate) bypass: Once<Expr>,
    pub(crate) name: Once<LitStr>,
    pub(crate) krate: Once<Path>,
}

impl Options {
    /// Reads every item.
    pub(crate) fn parse(attribute: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        parse_items(attribute, errors, |input, errors| options.parse_item(input, errors));
        options
    }

    fn parse_item(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        if !is_option(input) {
            let group = input.parse();
            self.unread_group |= group.is_err();
            self.groups.push(group?);
            return Ok(());
        }
        let word = &input.call(Ident::parse_any)?;
        match word.to_string().as_str() {
            "skip" => self.skip.set(word, list(word, input, parameter), errors),
            "by" => self.by.set(word, list(word, input, Parse::parse), errors),
            "key" => {
                self.unread_group |= self.groups.is_empty();
                member_by_key(&mut self.groups, word, value(word, input, Parse::parse)?)
            }
            "found" => self.found.set(word, flag(word, input), errors),
            "results" => self.results.set(word, flag(word, input), errors),
            "ttl" => self.ttl.set(word, value(word, input, time), errors),
            "idle" => self.idle.set(word, value(word, input, time), errors),
            "patience" => self.patience.set(word, value(word, input, patience), errors),
            "capacity" => self.capacity.set(word, value(word, input, size), errors),
            "max_weight" => self.max_weight.set(word, value(word, input, size), errors),
            "weigh" => self.weigh.set(word, value(word, input, Parse::parse), errors),
            "cache_if" => self.cache_if.set(word, value(word, input, Parse::parse), errors),
            "cache_err" => self.cache_err.set(word, flag(word, input), errors),
            "cache_err_if" => self.cache_err_if.set(word, value(word, input, Parse::parse), errors),
            "cache_err_as" => self.cache_err_as.set(word, to_and_back(word, input), errors),
            "cache_ok" => self.cache_ok.set(word, flag(word, input), errors),
            "boxed" => self.boxed.set(word, flag(word, input), errors),
            "shared_values" => self.shared_values.set(word, sharing(word, input), errors),
            "bypass" => self.bypass.set(word, value(word, input, Parse::parse), errors),
            "name" => self.name.set(word, value(word, input, Parse::parse), errors),
            "crate" => self.krate.set(word, value(word, input, crate_path), errors),
            unknown => {
                let near = did_you_mean(unknown, WORDS.split_whitespace());
                self.unread_group |= near.is_empty();
                let hint =
                    if near.is_empty() { "; a group is a type, as in `Book`" } else { &near };
                let message = format!("unknown option `{unknown}`{hint}");
                Err(syn::Error::new(word.span(), message))
            }
        }
    }

    /// The expressions that are evaluated once for all calls.
    pub(crate) fn constants(&self) -> impl Iterator<Item = &Expr> {
        let patience = match self.patience.get() {
            Some(Patience::Time(time)) => Some(time),
            Some(Patience::Off) | None => None,
        };
        let times = [self.ttl.get(), self.idle.get(), patience].into_iter().flatten();
        let times = times.filter_map(|time| match time {
            Time::Expr(expr) => Some(&**expr),
            Time::Text(_) => None,
        });
        let others =
            [&self.capacity, &self.max_weight, &self.weigh, &self.cache_if, &self.cache_err_if];
        let errors = self.cache_err_as.get().into_iter().flat_map(|(to, back)| [to, back]);
        times.chain(others.into_iter().filter_map(Once::get)).chain(errors)
    }
}

/// Whether the next item is an option and not a group, or what was meant as one: groups are types, which have capitals.
fn is_option(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    let Ok(word) = fork.call(Ident::parse_any) else {
        return false;
    };
    let small = word.unraw().to_string().starts_with(char::is_lowercase);
    let is_group =
        fork.peek(Token![::]) || fork.peek(Token![!]) || word == "tag" || word == "group";
    small && !is_group
}

/// `= value`
fn value<T>(
    word: &Ident,
    input: ParseStream<'_>,
    read: fn(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<T> {
    let equals: Option<Token![=]> = input.parse()?;
    if equals.is_none() || input.is_empty() || input.peek(Token![,]) {
        let message = format!("`{word}` takes a value: write `{word} = ..`");
        return Err(syn::Error::new(word.span(), message));
    }
    read(input)
}

/// Nothing.
fn flag(word: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
    if input.is_empty() || input.peek(Token![,]) {
        Ok(())
    } else {
        Err(input.error(format_args!("`{word}` takes no value: write it alone")))
    }
}

/// Nothing, or `(secret)`.
fn sharing(word: &Ident, input: ParseStream<'_>) -> syn::Result<Sharing> {
    if !input.peek(token::Paren) {
        return match flag(word, input) {
            Ok(()) => Ok(Sharing::Clear),
            Err(_) => Err(input.error("write `shared_values`, or `shared_values(secret)`")),
        };
    }
    let content;
    parenthesized!(content in input);
    match content.call(Ident::parse_any) {
        Ok(secret) if secret == "secret" && content.is_empty() => Ok(Sharing::Secret),
        _ => Err(syn::Error::new(
            word.span(),
            "write `shared_values`, or `shared_values(secret)` where the arguments are nobody's business",
        )),
    }
}

/// `(a, b)`
fn list<T>(
    word: &Ident,
    input: ParseStream<'_>,
    read: fn(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<Vec<T>> {
    if !input.peek(token::Paren) {
        let message = format!("`{word}` takes a list: write `{word}(..)`");
        return Err(syn::Error::new(word.span(), message));
    }
    let content;
    parenthesized!(content in input);
    all_of(&content, read)
}

/// `(Error::as_missing, Error::from)`
fn to_and_back(word: &Ident, input: ParseStream<'_>) -> syn::Result<(Expr, Expr)> {
    let functions: Vec<Expr> = list(word, input, Parse::parse)?;
    <[Expr; 2]>::try_from(functions).map(Into::into).map_err(|_| {
        let message = "`cache_err_as` takes two functions: write `cache_err_as(to, back)`, of which `to` makes an \
                       `Option` of what is stored of a `&E`, and `back` makes an `E` of that";
        syn::Error::new(word.span(), message)
    })
}

/// `db`, or `self`
fn parameter(input: ParseStream<'_>) -> syn::Result<Ident> {
    let first = input.span();
    match input.call(Ident::parse_any) {
        Ok(name) if input.is_empty() || input.peek(Token![,]) => Ok(name),
        _ => {
            let message = "`skip` names parameters, as in `skip(db)`: what matters of one is said \
                           with `by(..)`";
            Err(syn::Error::new(first, message))
        }
    }
}

/// `"90s"` or `Duration::from_secs(90)`
fn time(input: ParseStream<'_>) -> syn::Result<Time> {
    let zero = "what lives for no time is never found again: use `bypass = true`";
    time_of(bare(&input.parse()?).clone(), zero, "or `\"1h 30m\"`")
}

/// `"10s"`, `"off"` or `Duration::from_secs(10)`
fn patience(input: ParseStream<'_>) -> syn::Result<Patience> {
    let expr = bare(&input.parse()?).clone();
    match &expr {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if text.value() == "off" => {
            Ok(Patience::Off)
        }
        Expr::Path(path) if path.path.is_ident("off") => {
            Err(syn::Error::new_spanned(path, "this is a text: write `patience = \"off\"`"))
        }
        _ => {
            let zero = "without patience each caller computes: write `\"off\"` to wait as long as it \
                        takes, or a time such as `\"10s\"`";
            Ok(Patience::Time(time_of(expr, zero, "or `\"off\"`")?))
        }
    }
}

/// A duration; `zero` says why none of no length is wanted, `or` what else there is to write.
fn time_of(expr: Expr, zero: &str, or: &str) -> syn::Result<Time> {
    let Expr::Lit(literal) = &expr else {
        return Ok(Time::Expr(Box::new(expr)));
    };
    let mistake = |message: &str| Err(syn::Error::new(literal.lit.span(), message));
    match &literal.lit {
        Lit::Str(text) => match humantime::parse_duration(&text.value()) {
            Ok(Duration::ZERO) => mistake(zero),
            Ok(duration) => Ok(Time::Text(duration)),
            Err(_) => mistake(&format!("this is no duration: write one such as `\"90s\"` {or}")),
        },
        Lit::Int(number) => mistake(&format!(
            "a duration needs a unit: write `\"{}s\"` or a `Duration`",
            number.base10_digits(),
        )),
        _ => mistake("this is no duration: write one such as `\"90s\"`, or a `Duration`"),
    }
}

/// `10_000`, or an expression of an unsigned type.
fn size(input: ParseStream<'_>) -> syn::Result<Expr> {
    let expr = bare(&input.parse()?).clone();
    let message = match &expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) if number.base10_digits() == "0" => {
                "a memo without room stores nothing: use `bypass = true`"
            }
            Lit::Int(_) => return Ok(expr),
            _ => "expected a whole number, such as `10_000`",
        },
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), .. }) => {
            "expected a whole number, such as `10_000`"
        }
        _ => return Ok(expr),
    };
    Err(syn::Error::new_spanned(expr, message))
}
