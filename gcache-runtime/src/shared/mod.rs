//! Shared values: what another process has computed is not computed again.
//!
//! A miss of a function with `shared_values` looks into a [`SharedStore`] before its body runs. All of it happens around
//! the body and under its frame, so the rules of the core hold: to the memo, a value that was found is one that a body
//! returned.
//!
//! Invariants:
//! - *The groups of a value that was found are late dependencies, counted from the begin of the body.* What this process
//!   learns to be invalidated after the store was asked has a later timestamp, so the value is not kept.
//! - *The store is asked only while nothing that this process has invalidated is untold.* Else it might have a value from
//!   before.
//! - *What is offered depends on groups that other processes know, and is kept as long as its `ttl` says.* A value that
//!   was computed in doubt or while a link was distrusted, in a transaction or in a bypass, is not.
//! - *No code of the program runs under a lock of ours*, and what panics in the code of an argument or a value is as a
//!   value that is not there.

mod around;
#[cfg(feature = "links")]
mod codec;
mod groups;
#[cfg(feature = "links")]
mod shape;
mod store;

pub(crate) use around::Codec;
pub use around::Shared;
#[cfg(feature = "links")]
#[doc(hidden)]
pub use around::{shared_key, shared_values};
#[cfg(feature = "links")]
pub use codec::{SharedForm, SharedKey};
pub use store::{
    AlreadyShared, Computing, Found, Request, SharedStore, SharedValue, keep_values, share_values,
};
