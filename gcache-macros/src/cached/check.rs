//! The rules of a cached function, one function a rule.

use super::model::{Call, KeyParameter, Kind, mentions};
use crate::errors::{Errors, did_you_mean};
use crate::function::{Fleeting, closure, fleeting, is_called, referent, ungrouped};
use crate::receiver::exclusive_at;
use proc_macro2::{Ident, Span};
use quote::ToTokens as _;
use syn::{Expr, Type};

/// Checks every rule.
pub(crate) fn check(call: &Call<'_>, errors: &mut Errors) {
    check_groups(call, errors);
    check_once(call, errors);
    check_qualifiers(call, errors);
    check_skip(call, errors);
    check_by(call, errors);
    // What these would say of a memo key that could not be read may not be true.
    if !call.options.skip.is_unread() && !call.options.by.is_unread() {
        check_receiver(call, errors);
        check_patterns(call, errors);
        check_exclusive_references(call, errors);
        check_borrowed_parameters(call, errors);
        check_group_expressions(call, errors);
    }
    check_constant_options(call, errors);
    check_bounds(call, errors);
    check_closures(call, errors);
    check_return(call, errors);
    check_errors(call, errors);
    check_boxed(call, errors);
    check_shared_values(call, errors);
}

/// A cached function depends on something.
fn check_groups(call: &Call<'_>, errors: &mut Errors) {
    let options = call.options;
    match options.found.word() {
        None if options.groups.is_empty() && !options.unread_group => errors.at_span(
            Span::call_site(),
            "name at least one group that the value depends on, as in `#[cache_against(Book)]`, or say `found` if the \
             body finds them all on its way",
        ),
        Some(word) if !options.groups.is_empty() => errors.at(
            word,
            "`found` is for a value whose groups are all found on the way: leave it out, since a group is named",
        ),
        _ => {}
    }
}

/// A function has one memo.
fn check_once(call: &Call<'_>, errors: &mut Errors) {
    for attribute in &call.function.attributes {
        if is_called(attribute, "cache_against") {
            errors.at(
                attribute.path(),
                "a function is cached once: name all groups in one attribute",
            );
        }
    }
}

/// A cached function runs at run time, and is called from Rust.
fn check_qualifiers(call: &Call<'_>, errors: &mut Errors) {
    let signature = &call.function.signature;
    if let Some(constness) = &signature.constness {
        errors.at(constness, "a cached function runs at run time: remove `const`");
    }
    if let Some(abi) = &signature.abi {
        errors.at(
            abi,
            "a cached function is a Rust function: remove the ABI, and cache one that it calls",
        );
    }
}

/// `skip` names parameters.
fn check_skip(call: &Call<'_>, errors: &mut Errors) {
    let skipped = call.options.skip.get().into_iter().flatten();
    let mut seen: Vec<&Ident> = Vec::new();
    for name in skipped {
        if seen.contains(&name) {
            errors.at(name, format_args!("`{name}` is skipped twice"));
        } else if !call.names().any(|known| known == name) {
            unknown_parameter(call, name, errors);
        }
        seen.push(name);
    }
}

/// `by` names what tells results apart: parameters that are there and not skipped.
fn check_by(call: &Call<'_>, errors: &mut Errors) {
    for expr in call.options.by.get().into_iter().flatten() {
        for skipped in call.options.skip.get().into_iter().flatten() {
            if let Some(at) = mentions(expr, skipped) {
                errors.at(
                    at,
                    format_args!("`{skipped}` is skipped: leave it out of `by` or of `skip`"),
                );
            }
        }
        if let Some(name) = variable(expr)
            && !call.names().any(|known| known == name)
        {
            unknown_parameter(call, name, errors);
        }
    }
}

/// A lone name that, by its looks, is a variable.
fn variable(expr: &Expr) -> Option<&Ident> {
    let Expr::Path(path) = expr else { return None };
    let name = path.path.get_ident()?;
    name.to_string().starts_with(|first: char| first.is_lowercase()).then_some(name)
}

fn unknown_parameter(call: &Call<'_>, name: &Ident, errors: &mut Errors) {
    let known: Vec<String> = call.names().map(ToString::to_string).collect();
    let near = did_you_mean(&name.to_string(), &known);
    let hint = match known.as_slice() {
        [] => String::from(": the function has none"),
        known if near.is_empty() => format!(": known here is `{}`", known.join("`, `")),
        _ => near,
    };
    errors.at(name, format_args!("no parameter is named `{name}`{hint}"));
}

/// A receiver is never guessed to matter or not to.
fn check_receiver(call: &Call<'_>, errors: &mut Errors) {
    for parameter in &call.parameters {
        let Kind::Receiver(receiver) = parameter.kind else {
            continue;
        };
        let name = &parameter.names[0];
        let named = call.options.by.get().is_some() && call.is_in_key(name);
        let exclusive = exclusive_at(receiver).is_some();
        // An exclusive one is a mistake of its own.
        if !call.is_skipped(name) && !named && !exclusive {
            errors.at(
                receiver.self_token,
                "say what of `self` tells results apart: `skip(self)` if nothing does, or \
                 `by(self.field, ..)` with all that makes the memo key",
            );
        }
    }
}

/// A pattern has no name to look a result up by.
fn check_patterns(call: &Call<'_>, errors: &mut Errors) {
    for parameter in &call.parameters {
        let Kind::Pattern(pattern, _) = parameter.kind else {
            continue;
        };
        if call.options.by.get().is_none() && !parameter.is_skipped(call) {
            errors.at(
                pattern,
                "a pattern is no memo key: name the parameter, or say `by(..)` with the values that \
                 tell results apart",
            );
        }
    }
}

/// A hit changes nothing, so what a function may change must not matter to its value.
fn check_exclusive_references(call: &Call<'_>, errors: &mut Errors) {
    for parameter in &call.parameters {
        let exclusive = match parameter.kind {
            Kind::Receiver(receiver) => exclusive_at(receiver),
            Kind::Named(_, ty) | Kind::Pattern(_, ty) => {
                exclusive(ty).map(|exclusive| exclusive.to_token_stream())
            }
        };
        if let Some(exclusive) = exclusive
            && !parameter.is_skipped(call)
        {
            errors.at(
                exclusive,
                "a hit does not run the body, so it changes nothing: take it by value or by `&`, or \
                 `skip(..)` it if it is only a means, such as a connection",
            );
        }
    }
}

fn exclusive(ty: &Type) -> Option<syn::Token![mut]> {
    match ungrouped(ty) {
        Type::Reference(reference) => reference.mutability,
        _ => None,
    }
}

/// What the memo keeps of the parameters outlives the call.
fn check_borrowed_parameters(call: &Call<'_>, errors: &mut Errors) {
    if call.options.by.get().is_some() {
        return;
    }
    for KeyParameter { ty, .. } in call.key_parameters() {
        for found in fleeting(referent(ty).unwrap_or(ty)) {
            if let Fleeting::Borrow(at) = found {
                errors.at(
                    at,
                    "a memo key is kept and may borrow nothing beyond a `&` in front: take an owned \
                     value, or say `by(..)` with owned ones",
                );
            }
        }
    }
}

/// An entry is found by its memo key alone, so its groups must follow from it.
fn check_group_expressions(call: &Call<'_>, errors: &mut Errors) {
    for expr in call.options.groups.iter().flat_map(crate::group::Group::expressions) {
        for name in call.names() {
            let Some(at) = call.mentions_outside_key(expr, name) else {
                continue;
            };
            let why = if call.is_skipped(name) {
                "is skipped"
            } else if call.is_in_key(name) {
                "is in `by(..)` only as a part of something else"
            } else {
                "is not in `by(..)`"
            };
            errors.at(
                at,
                format_args!("`{name}` {why}, and a group may use only what the memo key holds"),
            );
        }
    }
}

/// The options of a memo are set once, whatever it is called with.
fn check_constant_options(call: &Call<'_>, errors: &mut Errors) {
    for expr in call.options.constants() {
        for name in call.names() {
            if let Some(at) = mentions(expr, name) {
                let message = "is a parameter, and this holds for all calls: use a constant";
                errors.at(at, format_args!("`{name}` {message}"));
            }
        }
    }
}

/// A memo has one bound.
fn check_bounds(call: &Call<'_>, errors: &mut Errors) {
    let options = call.options;
    if let (Some(_), Some(word)) = (options.capacity.word(), options.max_weight.word()) {
        errors.at(word, "a memo has one bound: `capacity` or `max_weight`");
    }
    match (options.max_weight.word(), options.weigh.word()) {
        (Some(word), None) => {
            errors.at(word, "say what a value weighs, as in `weigh = String::len`");
        }
        (None, Some(word)) => {
            errors.at(word, "say how much is allowed, as in `max_weight = 1_000_000`");
        }
        _ => {}
    }
}

/// A closure is called with the value, or with the key and the value.
fn check_closures(call: &Call<'_>, errors: &mut Errors) {
    for option in [&call.options.weigh, &call.options.cache_if] {
        if let (Some(word), Some(closure)) = (option.word(), option.get().and_then(closure))
            && !(1..=2).contains(&closure.inputs.len())
        {
            errors.at(
                closure,
                format_args!(
                    "`{word}` takes the value, `|value| ..`, or the key, too: `|key, value| ..`"
                ),
            );
        }
    }
}

/// What is stored outlives the call, and has a type with a name.
fn check_return(call: &Call<'_>, errors: &mut Errors) {
    let code = &call.function.code;
    if let Some(future) = code.unread_future() {
        return errors.at(
            future,
            "a future cannot be cached, only what it comes to: write `async fn`, or let the body be \
             one block, `async move { .. }` or `Box::pin(async move { .. })`",
        );
    }
    let Some(returned) = code.returned() else { return };
    if let Type::Never(never) = returned {
        errors
            .at(never, "a function that never returns has no value to cache: remove the attribute");
    }
    for found in fleeting(returned) {
        match found {
            Fleeting::Borrow(at) => errors.at(
                at,
                "a cached value outlives the call and may borrow nothing: return an owned one, such \
                 as `String` or `Arc<str>`",
            ),
            Fleeting::Unnamed(token) => errors.at(
                token,
                "a cached value needs a type with a name: return the type itself, or an \
                 `Arc<dyn Trait>`",
            ),
        }
    }
}

/// Whether an error is stored is never left to the type that a parameter stands for.
fn check_errors(call: &Call<'_>, errors: &mut Errors) {
    let options = call.options;
    let words = [
        options.cache_err.word(),
        options.cache_ok.word(),
        options.cache_err_if.word(),
        options.cache_err_as.word(),
    ];
    let words: Vec<&Ident> = words.into_iter().flatten().collect();
    for word in words.iter().skip(1) {
        errors.at(
            word,
            format_args!("which errors are stored is said once: `{}` or `{word}`", words[0]),
        );
    }
    if words.is_empty()
        && let Some(parameter) = call.returned_parameter()
        && let Some(returned) = call.function.code.returned()
    {
        errors.at(
            returned,
            format_args!(
                "whether this is a `Result` follows from `{parameter}`: say `cache_err` to store \
                 whatever is returned, an `Err` too, or `cache_ok` to store the value of `Ok` alone",
            ),
        );
    }
}

/// Only a future is boxed.
fn check_boxed(call: &Call<'_>, errors: &mut Errors) {
    if let Some(word) = call.options.boxed.word()
        && !call.function.code.is_async()
    {
        errors.at(word, "only the body of an `async fn` is a future: leave `boxed` out");
    }
}

/// What stands outside of the process is kept for a stated time at most.
fn check_shared_values(call: &Call<'_>, errors: &mut Errors) {
    if let (Some(word), None) = (call.options.shared_values.word(), call.options.ttl.word()) {
        errors.at(
            word,
            "a shared value stands outside of the process, where it may outlive the program that knows when it is \
             no longer true: say for how long at most, as in `ttl = \"1h\"`",
        );
    }
}
