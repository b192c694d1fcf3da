//! The rules of a mutation, one function a rule.

use super::parse::{Options, Target};
use crate::errors::Errors;
use crate::function::{Code, Fleeting, Function, fleeting, is_called};
use crate::receiver::{Access, access_at, is_taken};
use proc_macro2::{Ident, Span};
use syn::visit::{self, Visit};
use syn::{ImplItem, ImplItemFn, Signature, Type, TypePath};

/// Checks every rule.
pub(crate) fn check(options: &Options, target: &Target, errors: &mut Errors) {
    match target {
        Target::Block(block) => {
            check_bare(options, errors);
            check_methods(block, errors);
        }
        Target::Function(function) => {
            let Function { signature, code, .. } = &**function;
            check_receiver(options, signature, errors);
            check_result(options, code, errors);
            check_future(code, errors);
            if options.is_bare() {
                check_row(signature, code, None, errors);
                check_moved(signature, code, errors);
            }
            if let Some(constness) = &signature.constness {
                errors.at(constness, "an invalidation happens at run time: remove `const`");
            }
        }
    }
}

/// On a block, each method's receiver says what changes.
fn check_bare(options: &Options, errors: &mut Errors) {
    if !options.is_bare() {
        errors.at_span(
            Span::call_site(),
            "on an `impl` block `#[invalidates]` takes no groups: name them on the methods",
        );
    }
}

/// A block without a method that changes the row would do nothing, and none is left out unseen.
fn check_methods(item: &syn::ItemImpl, errors: &mut Errors) {
    let mut any = false;
    for inner in &item.items {
        match inner {
            ImplItem::Fn(method) if !speaks_for_itself(method) => {
                any |= check_method(method, &item.self_ty, errors);
            }
            ImplItem::Macro(call) => {
                any = true;
                errors.at(
                    &call.mac.path,
                    "which methods this makes is not visible here: put `#[invalidates]` on each of \
                     them in the macro, and its call into an `impl` block without",
                );
            }
            _ => {}
        }
    }
    if !any {
        errors.at(
            item.impl_token,
            "no method here takes `&mut self`: put `#[invalidates]` on the functions that change rows",
        );
    }
}

/// Whether it is a method to cover.
fn check_method(method: &ImplItemFn, own: &Type, errors: &mut Errors) -> bool {
    let ImplItemFn { sig, block, .. } = method;
    let Some(access) = Access::of(sig, Some(own)) else { return false };
    if access == Access::Entry {
        return false;
    }
    let code = Code::of_block(sig, block);
    check_row(sig, &code, Some(own), errors);
    check_future(&code, errors);
    if let Some(constness) = &sig.constness {
        errors.at(
            constness,
            "an invalidation happens at run time: remove `const`, or move the method into an `impl` \
             block without `#[invalidates]` if it is for rows that were never visible to others",
        );
    }
    true
}

/// Whether the attribute on the block covers this method: it changes the row, and says nothing itself.
pub(crate) fn is_covered(method: &ImplItemFn, own: &Type) -> bool {
    !speaks_for_itself(method)
        && matches!(
            Access::of(&method.sig, Some(own)),
            Some(Access::Exclusive | Access::Pinned | Access::Hidden),
        )
}

/// Whether it has the attribute itself.
fn speaks_for_itself(method: &ImplItemFn) -> bool {
    method.attrs.iter().any(|attribute| is_called(attribute, "invalidates"))
}

/// Something says what changes: the receiver, or the attribute.
fn check_receiver(options: &Options, signature: &Signature, errors: &mut Errors) {
    if options.is_bare() && signature.receiver().is_none() {
        errors.at(
            &signature.ident,
            "without a receiver, name what changes: `#[invalidates(Book, key = pk)]`, or \
             `#[invalidates(result)]` for the rows that it returns",
        );
    }
}

/// `result` needs rows that are returned.
fn check_result(options: &Options, code: &Code, errors: &mut Errors) {
    let Some(word) = &options.result else { return };
    let Some(returned) = code.returned() else {
        return errors.at(word, "nothing is returned: return the rows, or name the groups");
    };
    if let Some(Fleeting::Unnamed(token)) =
        fleeting(returned).into_iter().find(|found| matches!(found, Fleeting::Unnamed(_)))
        && code.unread_future().is_none()
    {
        errors.at(token, "name the type of the rows that are returned");
    }
}

/// A future that is returned runs after the function, so what changes is in its block.
fn check_future(code: &Code, errors: &mut Errors) {
    if let Some(ty) = code.unread_future() {
        errors.at(
            ty,
            "a future is returned, which runs after the groups were invalidated: write `async fn`, \
             or let the body be one block, `async move { .. }` or `Box::pin(async move { .. })`",
        );
    }
}

/// What becomes of a row that is taken and returned is seen in what is returned.
fn check_moved(signature: &Signature, code: &Code, errors: &mut Errors) {
    if signature.receiver().is_some_and(is_taken)
        && let Some(own) = code.returned().and_then(own_in)
    {
        errors.at(
            own,
            "what the row has become is known by what is returned: write \
             `#[invalidates(result, Book(self.id))]`, or take `&mut self`",
        );
    }
}

/// Where a type has `Self` as a part, and not only as a way to another, as `Self::Error` has.
fn own_in(ty: &Type) -> Option<&Ident> {
    struct Found<'a>(Option<&'a Ident>);

    impl<'ast> Visit<'ast> for Found<'ast> {
        fn visit_type_path(&mut self, ty: &'ast TypePath) {
            let own = ty.path.get_ident().filter(|name| ty.qself.is_none() && *name == "Self");
            self.0 = self.0.or(own);
            visit::visit_path(self, &ty.path);
        }
    }

    let mut found = Found(None);
    found.visit_type(ty);
    found.0
}

/// The receiver says what may become of the row, and nothing returned may still borrow it when it is
/// looked at, after the body.
fn check_row(signature: &Signature, code: &Code, own: Option<&Type>, errors: &mut Errors) {
    match Access::of(signature, own) {
        Some(Access::Exclusive | Access::Pinned) => {}
        Some(Access::Hidden) => errors.at(
            signature.receiver().map(access_at),
            "whether this lets the method change the row is not visible here: write `&mut self`, \
             `&self`, `self` or a pointer to `Self`, or name what changes with \
             `#[invalidates(Book(self.id))]` on the method",
        ),
        Some(Access::Entry) | None => return,
    }
    for found in code.returned().map(fleeting).unwrap_or_default() {
        if let Fleeting::Borrow(at) = found {
            errors.at(
                at,
                "the row's groups are read after the body, when nothing may borrow it any more: \
                 return nothing or an owned value",
            );
        }
    }
}
