//! A program: a world, what its actors do, and how they take turns.

use super::change::Row;
use super::op::Op;
use std::fmt;

/// How a program is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// One actor; every answer is exactly what the uncached function gives.
    Alone,
    /// Several tasks, polled one at a time by hand: the order of events is exact.
    Tasks,
    /// Several threads, which are let go at one gate at a time.
    Threads,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Alone, Self::Tasks, Self::Threads];
}

/// A program.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) mode: Mode,
    pub(crate) rows: Vec<Row>,
    pub(crate) users: u8,
    pub(crate) front: u8,
    pub(crate) actors: Vec<Vec<Op>>,
    /// Who moves next; when it is used up, all in turn.
    pub(crate) schedule: Vec<Turn>,
}

/// A turn of one actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) actor: usize,
    pub(crate) what: What,
}

/// What becomes of an actor in its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// It goes on until its next gate, or until it waits.
    GoesOn,
    /// Its operation is dropped where it is. Threads panic instead.
    IsDropped,
    /// It panics at its gate.
    Panics,
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Row { id, user, album } in &self.rows {
            writeln!(f, "photo {id}: of user {user}, in album {album}")?;
        }
        writeln!(f, "users {:#05b}, photos on the front page {:#06b}", self.users, self.front)?;
        for (name, ops) in ('A'..).zip(&self.actors) {
            for op in ops {
                writeln!(f, "{name}: {op}")?;
            }
        }
        if self.mode == Mode::Alone {
            return Ok(());
        }
        let turns = self.schedule.iter().map(|turn| {
            let name = char::from(b'A' + u8::try_from(turn.actor).unwrap_or(25));
            match turn.what {
                What::GoesOn => name.to_string(),
                What::IsDropped => format!("{name} dropped"),
                What::Panics => format!("{name} panics"),
            }
        });
        writeln!(f, "turns: {}, then all in turn", turns.collect::<Vec<_>>().join(" "))
    }
}
