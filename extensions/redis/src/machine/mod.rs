//! The link as a state machine: what happened goes in, what is to be done comes out. It does no input or output and
//! reads no clock, so a simulation and the tests drive the very code that a process runs.
//!
//! A moment is a [`Duration`](std::time::Duration) since some start, which is the same for all events of a machine.
//!
//! Whoever drives it does the [`Action`]s of a step in their order, and all of them before the next event of the
//! connection. Events that do not come from the connection may be stepped by any thread: they only answer, or ask to
//! wake the driver.

mod events;
mod heard;
mod journal;
mod lease;
mod session;
mod settle;
mod state;
mod waiters;

pub use events::{Action, Answer, Event, Position, Reply, Request, Waiter};
pub use lease::Lease;
pub use state::{Counts, Machine, Settings};

#[cfg(test)]
mod tests;
