//! What happens to a machine, and what it wants done.

use crate::message::Message;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A place in the order of all invalidations of a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Which life of the state in Redis: random, made anew when the state was lost.
    pub incarnation: Arc<str>,
    /// How many invalidations that life had had.
    pub number: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.incarnation, self.number)
    }
}

impl std::str::FromStr for Position {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (incarnation, number) = text.rsplit_once('-').ok_or(())?;
        let is_plain = |letter: u8| letter.is_ascii_alphanumeric();
        if !(1..=64).contains(&incarnation.len()) || !incarnation.bytes().all(is_plain) {
            return Err(());
        }
        // `parse` would take a sign.
        if !number.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(());
        }
        Ok(Self { incarnation: incarnation.into(), number: number.parse().map_err(drop)? })
    }
}

/// Who waits for an [`Answer`]: a number that the driver chooses.
pub type Waiter = u64;

/// What a waiter is told: how far its wish is known to have come, or that it is not known.
pub type Answer = Option<Position>;

/// What happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// The moment of [`Machine::wakes_at`](super::Machine::wakes_at) has come, or an [`Action::Wake`] was done.
    Woken,
    /// Groups were invalidated in this process; each is a JSON array. Tickets only rise.
    Publish { ticket: u64, groups: Vec<Arc<str>> },
    /// Somebody waits, until this moment at most, for the server to have the invalidations of a ticket.
    Acknowledge { waiter: Waiter, until: Duration, ticket: u64 },
    /// Somebody waits so for all that was acknowledged anywhere before now.
    Fence { waiter: Waiter, until: Duration },
    /// Somebody waits so for all up to a receipt.
    CaughtUp { waiter: Waiter, until: Duration, receipt: Position },
    /// The answer to the last [`Action::Ask`].
    Reply(Reply),
    /// A message of the channel came in; `None` if it could not be read.
    Message { session: u64, message: Option<Message> },
    /// The connection of a session is gone.
    Disconnected { session: u64 },
    /// An [`Action::Reached`] was done: all before it was invalidated.
    Reached(Position),
    /// The link is given up: whoever waits is answered, and nothing else happens any more.
    Close,
}

/// What the server said.
#[derive(Clone, Debug)]
pub enum Reply {
    /// The connection stands, to a primary; with the server process' `run_id` if it tells one.
    Connected { server: Option<Arc<str>> },
    /// The channel is subscribed to.
    Subscribed,
    /// The state of the namespace; no incarnation: it is gone.
    State { incarnation: Option<Arc<str>>, count: u64 },
    /// A part of the log, in order; `None` for what cannot be read.
    Logged(Vec<Option<Message>>),
    /// The groups were counted and published.
    Told(Position),
    /// Anything else: an error, no answer in time, a server that is no primary.
    Failed,
}

/// What the server is asked. There is one request at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Make a connection, of this number.
    Connect { session: u64 },
    /// Subscribe to the channel.
    Subscribe,
    /// Make the state if there is none, and read it. If another server than this one has counted in it, it gets a new
    /// incarnation: that one may have counted more, and this one would give the same numbers to others.
    Open { server: Option<Arc<str>> },
    /// Read the log after this number.
    Log { after: u64 },
    /// Count, publish and log: a JSON array of groups.
    Tell { body: String },
    /// Read the state; and if `role`, ask whether the server still is the primary that it was.
    Fence { role: bool },
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Ask the server, and step the [`Event::Reply`].
    Ask(Request),
    /// Drop the connection and the request under way: neither is heard of any more.
    Disconnect,
    /// Invalidate these groups here: a JSON array.
    Invalidate(String),
    /// Invalidate all shared groups here.
    InvalidateAll,
    /// A fence that was sent at this moment came back, and nothing is missed: the [`Lease`](super::Lease) goes on.
    Confirm { sent: Duration },
    /// Step an [`Event::Reached`] of this: now all before it has been invalidated.
    Reached(Position),
    /// Answer a waiter.
    Answer { waiter: Waiter, answer: Answer },
    /// There is work: the connection's thread shall step [`Event::Woken`].
    Wake,
}
