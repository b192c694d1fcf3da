//! The operations of a program.

use super::change::Known;
use super::group::Group;
use super::link::Event;
use super::query::{How, Key};
use std::fmt;

/// One step of an actor.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    /// Calls a cached function.
    Ask(Key),
    /// Calls it bypassed, by its option or within `gcache::bypass`.
    Bypass(Key, Way),
    /// Moves a photo to a user and an album, perhaps those that it has: a change in place.
    Move { id: u32, user: u32, album: u32, by: By },
    /// Inserts a photo, or fails where it exists.
    Insert { id: u32, user: u32, album: u32 },
    /// Deletes a photo, known by its row or by its key.
    Delete { id: u32, by_key: bool },
    /// Changes photos in place, of which no more than this is known.
    Bulk(Known),
    /// Moves all photos by one user and one album, and ends the rows of before and after together.
    MoveAll,
    /// Puts a user there or takes it away.
    User { id: u32, there: bool },
    /// Changes what is on the front page.
    Front(u8),
    /// Changes what a feed, a tag or the rates show.
    Content(Group),
    /// Invalidates what nobody has changed.
    Invalidate(Known),
    /// A mutation that panics after it has written.
    Spoil { id: u32, user: u32 },
    /// Clears a function, or all.
    Clear(Option<Key>),
    /// Turns caching on or off.
    Enable(bool),
    /// Waits until all that has a time to live has ended.
    Expire,
    /// Calls a function whose entries live for a while until the local cache answers, and waits until they have
    /// ended.
    Outlive(Key),
    /// Uses this many keys that nothing else uses.
    Noise(u32),
    /// What happens on the link to another process.
    Link(Event),
    /// Does `ops` in a transaction.
    Transaction { kind: TxKind, how: How, ops: Vec<Op>, end: TxEnd },
}

/// How a photo is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Method,
    SyncMethod,
    Edit,
    Key,
    Rows,
}

/// How a call is bypassed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Option,
    Scope,
}

/// What a transaction is to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TxKind {
    /// A transaction, or a savepoint in one.
    Database,
    /// Nothing: what transactions inside of it have committed is committed. Nothing is written in it but
    /// inside of those.
    Scope,
}

/// How a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TxEnd {
    Commit,
    Rollback,
    /// Dropped undecided; whether the database has committed.
    Drop {
        committed: bool,
    },
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ask(key) => write!(f, "ask {key}"),
            Self::Bypass(key, way) => write!(f, "ask {key}, bypassed by {way:?}"),
            Self::Move { id, user, album, by } => {
                write!(f, "move photo {id} to user {user}, album {album}, by {by:?}")
            }
            Self::Insert { id, user, album } => {
                write!(f, "insert photo {id} of user {user} in album {album}")
            }
            Self::Delete { id, by_key: false } => write!(f, "delete photo {id}"),
            Self::Delete { id, by_key: true } => write!(f, "delete photo {id} by its key"),
            Self::Bulk(known) => write!(f, "change in place {known:?}"),
            Self::MoveAll => write!(f, "move all photos"),
            Self::User { id, there: true } => write!(f, "insert user {id}"),
            Self::User { id, there: false } => write!(f, "delete user {id}"),
            Self::Front(front) => write!(f, "put the photos {front:#06b} on the front page"),
            Self::Content(group) => write!(f, "change {group}"),
            Self::Invalidate(known) => write!(f, "invalidate {known:?}"),
            Self::Spoil { id, user } => write!(f, "move photo {id} to user {user} and panic"),
            Self::Clear(Some(key)) => write!(f, "clear the function of {key}"),
            Self::Clear(None) => write!(f, "clear all"),
            Self::Enable(true) => write!(f, "on"),
            Self::Enable(false) => write!(f, "off"),
            Self::Expire => write!(f, "let time pass"),
            Self::Outlive(key) => write!(f, "ask {key} four times, and let its time pass"),
            Self::Noise(keys) => write!(f, "use {keys} other keys"),
            Self::Link(event) => write!(f, "{event}"),
            Self::Transaction { kind, how, ops, end } => {
                let ops: Vec<String> = ops.iter().map(Self::to_string).collect();
                let kind = if *kind == TxKind::Scope { "scope" } else { "transaction" };
                write!(f, "{kind} ({how:?}) {{ {} }} {end:?}", ops.join("; "))
            }
        }
    }
}
