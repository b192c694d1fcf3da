//! The groups of the oracle's world, and sets of them.
//!
//! A group is also what a body reads: `Photo(user = 1)` is the list of user 1's photos. So one name
//! serves for what was read, for what a value depends on and for what a change touches.

use std::fmt;

/// How many photos, users, albums, feeds and tags there are: few, so that programs come into conflict.
pub(crate) const PHOTOS: u32 = 4;
pub(crate) const USERS: u32 = 3;
pub(crate) const ALBUMS: u32 = 2;
pub(crate) const FEEDS: u32 = 2;
pub(crate) const TAGS: u32 = 3;

/// How many groups there are.
pub(crate) const GROUPS: usize = 27;

/// A group of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Group {
    /// `Photo`
    Photos,
    /// `Photo(id)`
    Photo(u32),
    /// `Photo(user = user)`
    OfUser(u32),
    /// `Photo(album = album)`
    InAlbum(u32),
    /// `Photo(user = user, album = album)`
    OfUserInAlbum(u32, u32),
    /// `User`
    Users,
    /// `User(id)`
    User(u32),
    /// `Feed`
    Feeds,
    /// `Feed(reader)`
    Feed(u32),
    /// `Rates`, a local group without members
    Rates,
    /// A free tag; the first is the literal `"front"`
    Tag(u32),
}

/// What a group belongs to: a late dependency may be refused after any invalidation of its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Model {
    Photo,
    User,
    Feed,
    Rates,
    Tag,
}

impl Group {
    /// All of them, in the order of their numbers.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let pairs = (0..USERS).flat_map(|user| (0..ALBUMS).map(move |album| (user, album)));
        [Self::Photos, Self::Users, Self::Feeds, Self::Rates]
            .into_iter()
            .chain((0..PHOTOS).map(Self::Photo))
            .chain((0..USERS).map(Self::OfUser))
            .chain((0..ALBUMS).map(Self::InAlbum))
            .chain(pairs.map(|(user, album)| Self::OfUserInAlbum(user, album)))
            .chain((0..USERS).map(Self::User))
            .chain((0..FEEDS).map(Self::Feed))
            .chain((0..TAGS).map(Self::Tag))
    }

    /// Its number, below [`GROUPS`].
    pub(crate) fn number(self) -> usize {
        const PHOTO: u32 = 4;
        const OF_USER: u32 = PHOTO + PHOTOS;
        const IN_ALBUM: u32 = OF_USER + USERS;
        const OF_USER_IN_ALBUM: u32 = IN_ALBUM + ALBUMS;
        const USER: u32 = OF_USER_IN_ALBUM + USERS * ALBUMS;
        const FEED: u32 = USER + USERS;
        const TAG: u32 = FEED + FEEDS;
        let number = match self {
            Self::Photos => 0,
            Self::Users => 1,
            Self::Feeds => 2,
            Self::Rates => 3,
            Self::Photo(id) => PHOTO + id,
            Self::OfUser(user) => OF_USER + user,
            Self::InAlbum(album) => IN_ALBUM + album,
            Self::OfUserInAlbum(user, album) => OF_USER_IN_ALBUM + user * ALBUMS + album,
            Self::User(id) => USER + id,
            Self::Feed(reader) => FEED + reader,
            Self::Tag(tag) => TAG + tag,
        };
        number as usize
    }

    /// Whether other processes know it: the rates are local.
    pub(crate) fn is_shared(self) -> bool {
        self != Self::Rates
    }

    pub(crate) fn model(self) -> Model {
        match self {
            Self::Photos
            | Self::Photo(_)
            | Self::OfUser(_)
            | Self::InAlbum(_)
            | Self::OfUserInAlbum(..) => Model::Photo,
            Self::Users | Self::User(_) => Model::User,
            Self::Feeds | Self::Feed(_) => Model::Feed,
            Self::Rates => Model::Rates,
            Self::Tag(_) => Model::Tag,
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Photos => write!(f, "Photo"),
            Self::Photo(id) => write!(f, "Photo({id})"),
            Self::OfUser(user) => write!(f, "Photo(user = {user})"),
            Self::InAlbum(album) => write!(f, "Photo(album = {album})"),
            Self::OfUserInAlbum(user, album) => write!(f, "Photo(user = {user}, album = {album})"),
            Self::Users => write!(f, "User"),
            Self::User(id) => write!(f, "User({id})"),
            Self::Feeds => write!(f, "Feed"),
            Self::Feed(reader) => write!(f, "Feed({reader})"),
            Self::Rates => write!(f, "Rates"),
            Self::Tag(tag) => write!(f, "Tag({tag})"),
        }
    }
}

/// A set of groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Groups(u64);

impl Groups {
    pub(crate) const NONE: Self = Self(0);

    pub(crate) fn of(groups: impl IntoIterator<Item = Group>) -> Self {
        Self(groups.into_iter().fold(0, |set, group| set | 1 << group.number()))
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn has(self, group: Group) -> bool {
        self.0 & 1 << group.number() != 0
    }

    pub(crate) fn shares(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn numbers(self) -> impl Iterator<Item = usize> {
        (0..GROUPS).filter(move |number| self.0 & 1 << number != 0)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Group> {
        Group::all().filter(move |group| self.has(*group))
    }
}

impl fmt::Display for Groups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.iter().map(|group| group.to_string()).collect();
        f.write_str(&if names.is_empty() { "nothing".to_owned() } else { names.join(", ") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_numbered_in_order() {
        let numbers: Vec<usize> = Group::all().map(Group::number).collect();
        assert_eq!(numbers, (0..GROUPS).collect::<Vec<_>>());
    }
}
