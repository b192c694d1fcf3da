//! Shared values: what one process has computed, the others read.
//!
//! The groups of a value have numbers in Redis: the count at which each was last invalidated. A value is stored with the
//! count up to which its process had heard of everything when its body began, and it is fresh while no number of its
//! groups is above that. The script that counts an invalidation notes the numbers. Three requests, of one round trip each,
//! rest on them:
//!
//! - *look* reads a value and the numbers of the groups that the call names, by plain commands. A hit is no more than that,
//!   unless the value rests on further groups.
//! - *FETCH* is a script that does the same with all groups of the value. It does not touch the value itself, which is read
//!   after it. Where there is none that is fresh it gives out the lease: one call computes for all.
//! - *STORE* is a script that stores a value, if it is still fresh, and takes the lease back.
//!
//! Why it is right. Let a body of process Q begin when Q has heard of everything up to `s`. What is invalidated at a
//! number up to `s` has ended in Q by then, so the body uses nothing from before, be it of Q's memos or of the database.
//! What is invalidated at a number above `s` is above `s` in Redis too: `STORE` refuses, or it comes after `STORE`, and
//! `FETCH` refuses. The count of the *server* would not do for `s`: the body may use an entry of Q's memos that has been
//! invalidated at a number which Q has yet to hear. A group that the body learned of late, or by way of a nested call,
//! needs no rule of its own. A number that is missing begins as the current count, so a value from before is refused.
//!
//! A look is as good as a script, though others may write between its commands. It reads the numbers when it reads the
//! value, or later. Let `f` be the moment at which the first of them is read. What is invalidated before `f` has its number
//! in all that is compared. What is invalidated after may be missing, as it may after a script. The value, the state and
//! each key have the incarnation with them, so all are of one. What FETCH finds fresh may be replaced before it is read; it
//! is replaced by what STORE has found fresh still later.
//!
//! Let process P fetch a value. It asks once all that it has invalidated itself is acknowledged. The value's groups are
//! late dependencies of P's body, so P keeps nothing that is invalidated from then on.

mod breaker;
mod connection;
mod envelope;
mod head;
mod names;
mod scripts;
mod secret;
mod store;
#[cfg(test)]
mod tests;
mod waiting;
mod worker;

pub use connection::{LinkView, Session};
pub use names::invalidated;
pub use scripts::{NOTE_NUMBERS, number_prefix};
pub use secret::Secret;
pub use store::Values;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// How values are shared.
#[derive(Clone, Debug)]
pub struct Options {
    pub namespace: Arc<str>,
    /// Signs values and hides arguments, if there is one.
    pub secret: Option<Secret>,
    /// How long a request waits for the server.
    pub budget: Duration,
    /// How long a request waits for another process's computation.
    pub patience: Duration,
}

/// What has happened to shared values in this process.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Values that were read.
    pub hits: AtomicU64,
    /// Calls that computed for all processes.
    pub misses: AtomicU64,
    /// Calls that computed for themselves: the server was away or slow, or another process took too long.
    pub without: AtomicU64,
    /// Calls of functions with `shared_values(secret)` that shared nothing, since the link has no
    /// [secret](crate::Options::value_secret).
    pub no_secret: AtomicU64,
    /// Times that a call waited for another process.
    pub waited: AtomicU64,
    /// Values that were stored.
    pub stored: AtomicU64,
    /// Values that were not stored: invalidated while they were computed.
    pub refused: AtomicU64,
    /// Values that could not be read: of another format or secret.
    pub unread: AtomicU64,
    /// Requests that the server did not answer, or answered with an error.
    pub failed: AtomicU64,
}
