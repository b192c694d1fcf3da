//! The questions that programs ask: a cached function with its arguments.

use super::change::Row;
use super::group::{Group, Groups, PHOTOS, TAGS, USERS};
use std::fmt;
use std::time::Duration;

/// A cached function with its arguments. The functions are in `service.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Query {
    /// One member; `None` where there is no row.
    Page(u32),
    /// An index, and each row that is returned.
    ListOf(u32),
    /// A compound index.
    Shelf(u32, u32),
    /// An index that the compound one contains, too.
    Album(u32),
    /// A whole model.
    Everything,
    /// A whole model.
    People,
    /// A tag, and each row that is returned.
    Front,
    /// Several groups: a member, a group without members, and a computed tag.
    Feed(u32),
    /// An `Err` where there is no row, which is not stored.
    Profile(u32),
    /// The same, stored.
    Verdict(u32),
    /// A late dependency: the user of the photo.
    Card(u32),
    /// Nested two deep: the list of a user, and the card of each photo in it.
    Gallery(u32),
    /// Nested and wide: more than eight generations.
    Board,
    /// Recursion with other arguments.
    Tree(u32),
    /// Recursion with the same argument.
    Echo(u32),
    /// With a time to live.
    Brief(u32),
    /// With a time to live that is long enough for the coarse clock to be asked.
    Lasting(u32),
    /// Made of what has a time to live.
    Digest(u32),
    /// Room for two entries.
    Tiny(u32),
    /// Room for a weight of two.
    Heavy(u32),
    /// Stores nothing but what is found; all its memo keys have one hash.
    Choosy(u32),
    /// Enters a transaction, and ends it by a rollback.
    Draft(u32),
    /// With an idle time that never passes; all its memo keys have one hash.
    Idle(u32),
    /// Groups that the body finds: the photo, and none where there is no row. Then nothing is stored.
    Found(u32),
}

/// How a function is called: each exists twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum How {
    Sync,
    Async,
}

/// What finds an entry: the function and its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) query: Query,
    pub(crate) how: How,
}

/// How many functions there are.
pub(crate) const FUNCTIONS: usize = 2 * KINDS;
const KINDS: usize = 24;

/// The time to live of [`Query::Brief`].
pub(crate) const BRIEF: Duration = Duration::from_millis(2);

/// The time to live of [`Query::Lasting`]: the coarse clock is trusted in the first milliseconds of it, and
/// not in the last 20, by which it may lag.
pub(crate) const LASTING: Duration = Duration::from_millis(24);

/// How many entries those that are bounded hold.
pub(crate) const ROOM: u64 = FEW as u64;

const FEW: usize = 2;

impl Query {
    /// One of each, for `argument`.
    pub(crate) fn each(argument: u32) -> [Self; KINDS] {
        let (photo, user, tag) = (argument % PHOTOS, argument % USERS, argument % (TAGS - 1));
        [
            Self::Page(photo),
            Self::ListOf(user),
            Self::Shelf(user, argument % 2),
            Self::Album(argument % 2),
            Self::Everything,
            Self::People,
            Self::Front,
            Self::Feed(tag),
            Self::Profile(user),
            Self::Verdict(user),
            Self::Card(photo),
            Self::Gallery(user),
            Self::Board,
            Self::Tree(photo),
            Self::Echo(photo),
            Self::Brief(photo),
            Self::Lasting(photo),
            Self::Digest(photo),
            Self::Tiny(photo),
            Self::Heavy(photo),
            Self::Choosy(photo),
            Self::Draft(photo),
            Self::Idle(photo),
            Self::Found(photo),
        ]
    }

    fn kind(self) -> usize {
        let same = |other: &Self| std::mem::discriminant(other) == std::mem::discriminant(&self);
        Self::each(0).iter().position(same).expect("each kind is listed")
    }

    /// The groups that the attribute of the function names.
    pub(crate) fn declares(self) -> Groups {
        let group = match self {
            Self::Page(id)
            | Self::Card(id)
            | Self::Tree(id)
            | Self::Echo(id)
            | Self::Brief(id)
            | Self::Lasting(id)
            | Self::Tiny(id)
            | Self::Heavy(id)
            | Self::Choosy(id)
            | Self::Idle(id) => Group::Photo(id),
            Self::ListOf(user) => Group::OfUser(user),
            Self::Shelf(user, album) => Group::OfUserInAlbum(user, album),
            Self::Album(album) => Group::InAlbum(album),
            Self::Everything => Group::Photos,
            Self::People => Group::Users,
            Self::Front => Group::Tag(0),
            Self::Feed(reader) => {
                return Groups::of([Group::Feed(reader), Group::Rates, Group::Tag(1 + reader)]);
            }
            Self::Profile(user) | Self::Verdict(user) => Group::User(user),
            Self::Gallery(_) | Self::Digest(_) | Self::Draft(_) => Group::Rates,
            Self::Board => Group::Feeds,
            Self::Found(_) => return Groups::NONE,
        };
        Groups::of([group])
    }

    /// How many entries the function has room for, if that is few.
    pub(crate) fn room(self) -> Option<usize> {
        matches!(self, Self::Tiny(_) | Self::Heavy(_)).then_some(FEW)
    }

    /// Whether the memo keys of the function have one hash, so that computations of several are not all
    /// to be joined.
    pub(crate) fn has_one_hash(self) -> bool {
        matches!(self, Self::Choosy(_) | Self::Idle(_))
    }

    /// How long an entry of the function lives.
    pub(crate) fn ttl(self) -> Option<Duration> {
        match self {
            Self::Brief(_) => Some(BRIEF),
            Self::Lasting(_) => Some(LASTING),
            _ => None,
        }
    }

    /// Whether an answer of this kind is stored.
    pub(crate) fn stores(self, end: End) -> bool {
        match end {
            End::Found => true,
            End::Nothing => !matches!(self, Self::Choosy(_) | Self::Found(_)),
            End::Failed => matches!(self, Self::Verdict(_)),
            End::Gone => false,
        }
    }
}

impl Key {
    /// The number of the function, below [`FUNCTIONS`].
    pub(crate) fn function(self) -> usize {
        2 * self.query.kind() + usize::from(self.how == How::Async)
    }
}

/// How a run of a body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With a value that names the run.
    Found,
    /// With `None` or an empty list, which look the same whichever run returned them.
    Nothing,
    /// With an `Err`, which names the run.
    Failed,
    /// By a panic, or dropped in the middle.
    Gone,
}

/// A value that names the run of the body that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) run: u64,
}

/// What a cached function returned.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) end: End,
    /// The run that made it, where it says so.
    pub(crate) run: Option<u64>,
    pub(crate) rows: Vec<Row>,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:?}", self.query);
        let (name, arguments) = text.split_once('(').unwrap_or((&text, ")"));
        let how = match self.how {
            How::Sync => "",
            How::Async => " async",
        };
        write!(f, "{}({arguments}{how}", name.to_lowercase())
    }
}
