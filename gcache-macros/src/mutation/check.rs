//! The rules of a mutation, one function a rule.

use super::parse::{Options, Target};
use crate::errors::Errors;
use crate::function::{Fleeting, Function, fleeting};
use syn::{ImplItem, ImplItemFn, ReceiverKind, ReturnType, Signature};

/// Checks every rule.
pub(crate) fn check(options: &Options, target: &Target, errors: &mut Errors) {
    match target {
        Target::Block(block) => {
            check_bare(options, errors);
            check_methods(block, errors);
        }
        Target::Function(function) => {
            check_receiver(options, function, errors);
            check_result(options, &function.signature, errors);
            if options.is_bare() && changes_self(&function.signature) {
                check_return(&function.signature, errors);
            }
            if let Some(constness) = &function.signature.constness {
                errors.at(constness, "an invalidation happens at run time: remove `const`");
            }
        }
    }
}

/// On a block, each method's receiver says what changes.
fn check_bare(options: &Options, errors: &mut Errors) {
    if !options.is_bare() {
        errors.at_span(
            proc_macro2::Span::call_site(),
            "on an `impl` block `#[invalidates]` takes no groups: name them on the methods",
        );
    }
}

/// A block without a method that changes the row would do nothing.
fn check_methods(item: &syn::ItemImpl, errors: &mut Errors) {
    let mut any = false;
    for method in methods(item) {
        any = true;
        check_return(&method.sig, errors);
    }
    if !any {
        errors.at(
            item.impl_token,
            "no method here takes `&mut self`: put `#[invalidates]` on the functions that change rows",
        );
    }
}

/// The methods of a block that the attribute covers: those that change the row, and say nothing
/// themselves.
pub(crate) fn methods(item: &syn::ItemImpl) -> impl Iterator<Item = &ImplItemFn> {
    item.items.iter().filter_map(|item| match item {
        ImplItem::Fn(method) if is_covered(method) => Some(method),
        _ => None,
    })
}

/// Whether the attribute on the block covers this method.
pub(crate) fn is_covered(method: &ImplItemFn) -> bool {
    let own = |attribute: &syn::Attribute| {
        attribute.path().segments.last().is_some_and(|last| last.ident == "invalidates")
    };
    changes_self(&method.sig) && !method.attrs.iter().any(own)
}

/// Whether the receiver is `&mut self`.
pub(crate) fn changes_self(signature: &Signature) -> bool {
    signature.receiver().is_some_and(|receiver| match &receiver.kind {
        ReceiverKind::Reference(_, _, exclusive) => exclusive.is_some(),
        _ => false,
    })
}

/// Something says what changes: the receiver, or the attribute.
fn check_receiver(options: &Options, function: &Function, errors: &mut Errors) {
    if options.is_bare() && function.signature.receiver().is_none() {
        errors.at(
            &function.signature.ident,
            "without a receiver, name what changes: `#[invalidates(Book, key = pk)]`, or \
             `#[invalidates(result)]` for the rows that it returns",
        );
    }
}

/// `result` needs rows that are returned.
fn check_result(options: &Options, signature: &Signature, errors: &mut Errors) {
    let Some(word) = &options.result else { return };
    if matches!(signature.output, ReturnType::Default) {
        errors.at(word, "nothing is returned: return the rows, or name the groups");
    }
    if let Some(Fleeting::Unnamed(token)) =
        fleeting(&signature.output).into_iter().find(|found| matches!(found, Fleeting::Unnamed(_)))
    {
        errors.at(token, "name the type of the rows that are returned");
    }
}

/// The row is looked at after the body, so nothing returned may still borrow it.
fn check_return(signature: &Signature, errors: &mut Errors) {
    for found in fleeting(&signature.output) {
        if let Fleeting::Borrow(at) = found {
            errors.at(
                at,
                "the row's groups are read after the body, when nothing may borrow it any more: \
                 return nothing or an owned value",
            );
        }
    }
}
