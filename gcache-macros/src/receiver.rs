//! What a method may do to the row that it is called on, by its receiver as written.

use crate::function::{referent, ungrouped};
use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{GenericArgument, PathArguments, PathSegment, Receiver, ReceiverKind, Signature, Type};

/// What a receiver allows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// To change the row where it is: `&mut self`.
    Exclusive,
    /// The same: `self: Pin<&mut Self>`.
    Pinned,
    /// To look at the row, or to take it: `&self`, `self`, `self: Box<Self>`.
    Entry,
    /// Nobody can tell: the type is an alias, or one that hides an exclusive reference.
    Hidden,
}

impl Access {
    /// What `signature` allows, if it has a receiver. A type may be written as `Self` or as `own`.
    pub(crate) fn of(signature: &Signature, own: Option<&Type>) -> Option<Self> {
        signature.receiver().map(|receiver| Self::of_receiver(receiver, own))
    }

    fn of_receiver(receiver: &Receiver, own: Option<&Type>) -> Self {
        match &receiver.kind {
            ReceiverKind::Value | ReceiverKind::Reference(_, _, None) => Self::Entry,
            ReceiverKind::Reference(_, _, Some(_)) => Self::Exclusive,
            ReceiverKind::Typed(_, ty) => Self::of_type(ty, own),
            _ => Self::Hidden,
        }
    }

    fn of_type(ty: &Type, own: Option<&Type>) -> Self {
        match ungrouped(ty) {
            // Whatever is behind a reference is changed through it or not at all.
            Type::Reference(reference) if reference.mutability.is_some() => Self::Exclusive,
            Type::Reference(_) => Self::Entry,
            Type::Path(path) if path.qself.is_none() => {
                let Some(last) = path.path.segments.last() else { return Self::Hidden };
                if path.path.is_ident("Self") || own.is_some_and(|own| is_named(own, last)) {
                    return Self::Entry;
                }
                match pointee(last).map(|pointee| Self::of_type(pointee, own)) {
                    Some(Self::Entry) => Self::Entry,
                    Some(Self::Exclusive) if last.ident == "Pin" => Self::Pinned,
                    _ => Self::Hidden,
                }
            }
            _ => Self::Hidden,
        }
    }
}

/// Whether the row itself is taken: `self`, or `self: Box<Self>`.
pub(crate) fn is_taken(receiver: &Receiver) -> bool {
    match &receiver.kind {
        ReceiverKind::Value => true,
        ReceiverKind::Typed(_, ty) => referent(ty).is_none(),
        _ => false,
    }
}

/// What of a receiver says what it allows.
pub(crate) fn access_at(receiver: &Receiver) -> TokenStream {
    match &receiver.kind {
        ReceiverKind::Typed(_, ty) => ty.to_token_stream(),
        ReceiverKind::Reference(_, _, Some(exclusive)) => exclusive.to_token_stream(),
        _ => receiver.to_token_stream(),
    }
}

/// The token by which a receiver is exclusive.
pub(crate) fn exclusive_at(receiver: &Receiver) -> Option<TokenStream> {
    let access = Access::of_receiver(receiver, None);
    matches!(access, Access::Exclusive | Access::Pinned).then(|| access_at(receiver))
}

/// Whether `own` goes by this name: the paths in front may differ.
fn is_named(own: &Type, last: &PathSegment) -> bool {
    match ungrouped(own) {
        Type::Path(path) => path.path.segments.last().is_some_and(|own| {
            own.ident == last.ident
                && own.to_token_stream().to_string() == last.to_token_stream().to_string()
        }),
        _ => false,
    }
}

/// The `T` of `Box<T>`, and of every other pointer that a receiver may be made of.
fn pointee(segment: &PathSegment) -> Option<&Type> {
    let known = ["Box", "Rc", "Arc", "Pin"];
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(ty)) if known.iter().any(|known| segment.ident == known) => {
            Some(ty)
        }
        _ => None,
    }
}
