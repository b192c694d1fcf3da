//! The database of the oracle's world: rows, a stamp for what can be read, and transactions.
//!
//! A **stamp** says which write a group last showed. What a body reads is remembered as stamps, so an
//! answer is judged by what it shows and not by what it is made of. What a transaction has written and
//! not committed has *provisional* stamps, which never become final: rows get new ones at the commit.

use super::change::Row;
use super::group::{GROUPS, Group, Groups, PHOTOS};
use super::op::TxKind;

/// The number of a write.
pub(crate) type Stamp = u64;

/// Marks the stamps of what is not committed.
const PROVISIONAL: Stamp = 1 << 63;

/// Whether what bears this stamp was never committed.
pub(crate) fn is_provisional(stamp: Stamp) -> bool {
    stamp & PROVISIONAL != 0
}

/// What is in the database.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Data {
    photos: [Option<Row>; PHOTOS as usize],
    /// The users that exist, a bit each.
    users: u8,
    /// The photos on the front page, a bit each.
    front: u8,
}

/// One change of the data.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Write {
    /// Puts a photo there, or takes it away.
    Photo(u32, Option<Row>),
    /// Puts a user there, or takes it away.
    User(u32, bool),
    /// Changes what is on the front page.
    Front(u8),
    /// Changes what a feed, a tag or the rates show.
    Content(Group),
}

impl Data {
    pub(crate) fn photo(&self, id: u32) -> Option<Row> {
        self.photos[id as usize]
    }

    pub(crate) fn photos_in(&self, group: Group) -> Vec<Row> {
        self.photos.iter().flatten().filter(|row| row.is_in(group)).copied().collect()
    }

    pub(crate) fn has_user(&self, id: u32) -> bool {
        self.users & 1 << id != 0
    }

    pub(crate) fn front(&self) -> impl Iterator<Item = u32> + use<> {
        let front = self.front;
        (0..PHOTOS).filter(move |id| front & 1 << id != 0)
    }

    /// Applies `write`, and returns what it changed.
    fn apply(&mut self, write: Write) -> Groups {
        match write {
            Write::Photo(id, after) => {
                let before = std::mem::replace(&mut self.photos[id as usize], after);
                let rows = before.into_iter().chain(after);
                rows.fold(Groups::NONE, |groups, row| groups.and(row.groups()))
            }
            Write::User(id, there) => {
                self.users = self.users & !(1 << id) | u8::from(there) << id;
                Groups::of([Group::Users, Group::User(id)])
            }
            Write::Front(front) => {
                self.front = front;
                Groups::of([Group::Tag(0)])
            }
            Write::Content(group @ Group::Feed(_)) => Groups::of([Group::Feeds, group]),
            Write::Content(group) => Groups::of([group]),
        }
    }
}

/// Groups that a write changed, and its stamp.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written {
    pub(crate) groups: Groups,
    pub(crate) stamp: Stamp,
}

/// A connection: at most one transaction, with the savepoints in it.
#[derive(Debug, Default)]
pub(crate) struct Connection {
    levels: Vec<Level>,
}

/// A transaction, or a savepoint in one.
#[derive(Debug, Default)]
struct Level {
    writes: Vec<Write>,
    written: Vec<Written>,
    /// What is to be invalidated at the end.
    held: Groups,
    /// Of a scope, which the database does not know: what transactions inside of it have left to it.
    scope: Option<Inside>,
}

/// What is over in the database, and waits for the scope around it.
#[derive(Debug, Default)]
pub(crate) struct Inside {
    /// To be invalidated, however the scope ends.
    pub(crate) held: Groups,
    /// Committed.
    pub(crate) written: Vec<Written>,
}

impl Connection {
    pub(crate) fn is_in_transaction(&self) -> bool {
        !self.levels.is_empty()
    }

    pub(crate) fn begin(&mut self, kind: TxKind) {
        let scope = (kind == TxKind::Scope).then(Inside::default);
        self.levels.push(Level { scope, ..Level::default() });
    }

    /// What the transaction has touched so far, in all of its levels.
    pub(crate) fn touched(&self) -> Groups {
        let inside = |level: &Level| level.scope.as_ref().map_or(Groups::NONE, |scope| scope.held);
        self.levels.iter().fold(Groups::NONE, |all, level| all.and(level.held).and(inside(level)))
    }

    /// Holds an invalidation back.
    pub(crate) fn hold(&mut self, groups: Groups) {
        if let Some(level) = self.levels.last_mut() {
            level.held = level.held.and(groups);
        }
    }

    /// Holds back what a transaction that is over leaves to the one around it.
    pub(crate) fn hand_over(&mut self, groups: Groups, written: &[Written]) {
        match self.levels.last_mut().and_then(|level| level.scope.as_mut()) {
            None => self.hold(groups),
            Some(scope) => {
                scope.held = scope.held.and(groups);
                scope.written.extend(written);
            }
        }
    }

    /// The stamp of the last write of this transaction that changed `group`.
    pub(crate) fn own_stamp(&self, group: Group) -> Option<Stamp> {
        let written = self.levels.iter().rev().flat_map(|level| level.written.iter().rev());
        written.into_iter().find(|written| written.groups.has(group)).map(|written| written.stamp)
    }

    /// Ends the innermost level; what it wrote is the one's around it, if there is one.
    pub(crate) fn end(&mut self, keep_writes: bool) -> Ended {
        let Level { writes, written, held, scope } = self.levels.pop().unwrap_or_default();
        let (writes, inside) =
            (if keep_writes { writes } else { Vec::new() }, scope.unwrap_or_default());
        match self.levels.last_mut().filter(|outer| outer.scope.is_none()) {
            None => Ended { writes, held, inside },
            Some(outer) => {
                if keep_writes {
                    outer.writes.extend(writes);
                    outer.written.extend(written);
                }
                Ended { writes: Vec::new(), held, inside }
            }
        }
    }
}

/// What the end of a level leaves to be done.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    /// To be committed.
    pub(crate) writes: Vec<Write>,
    /// To be invalidated, or held back further out.
    pub(crate) held: Groups,
    /// To be invalidated, or held back further out, even after a rollback.
    pub(crate) inside: Inside,
}

/// The database.
#[derive(Debug)]
pub(crate) struct World {
    data: Data,
    stamps: [Stamp; GROUPS],
    last: Stamp,
    locks: [Option<usize>; GROUPS],
}

impl World {
    /// Rows and users that exist from the beginning.
    pub(crate) fn new(rows: &[Row], users: u8, front: u8) -> Self {
        let mut photos = [None; PHOTOS as usize];
        for row in rows {
            photos[row.id as usize] = Some(*row);
        }
        let data = Data { photos, users, front };
        Self { data, stamps: [0; GROUPS], last: 0, locks: [None; GROUPS] }
    }

    /// What `connection` sees.
    pub(crate) fn data(&self, connection: &Connection) -> Data {
        let mut data = self.data;
        for write in connection.levels.iter().flat_map(|level| &level.writes) {
            data.apply(*write);
        }
        data
    }

    /// The stamp of what `connection` sees of `group`.
    pub(crate) fn stamp(&self, connection: &Connection, group: Group) -> Stamp {
        connection.own_stamp(group).unwrap_or(self.stamps[group.number()])
    }

    /// Writes; what others see of it at once is returned.
    pub(crate) fn write(&mut self, connection: &mut Connection, write: Write) -> Option<Written> {
        let mut seen = self.data(connection);
        self.last += 1;
        match connection.levels.last_mut() {
            None => Some(self.apply(write)),
            Some(level) => {
                let groups = seen.apply(write);
                level.writes.push(write);
                level.written.push(Written { groups, stamp: self.last | PROVISIONAL });
                None
            }
        }
    }

    /// Commits what a transaction has written.
    pub(crate) fn commit(&mut self, writes: &[Write]) -> Vec<Written> {
        self.last += 1;
        writes.iter().map(|write| self.apply(*write)).collect()
    }

    fn apply(&mut self, write: Write) -> Written {
        let groups = self.data.apply(write);
        groups.numbers().for_each(|number| self.stamps[number] = self.last);
        Written { groups, stamp: self.last }
    }

    /// Locks rows for `actor`, all or none, and says whether that was possible.
    pub(crate) fn lock(&mut self, actor: usize, rows: Groups) -> bool {
        let free = rows.numbers().all(|row| self.locks[row].is_none_or(|owner| owner == actor));
        if free {
            rows.numbers().for_each(|row| self.locks[row] = Some(actor));
        }
        free
    }

    /// Unlocks all that `actor` has locked.
    pub(crate) fn unlock(&mut self, actor: usize) {
        self.locks
            .iter_mut()
            .filter(|owner| **owner == Some(actor))
            .for_each(|owner| *owner = None);
    }
}
