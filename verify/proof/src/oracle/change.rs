//! What a change ends, written a second time, from the table of the README and not from the code.

use super::group::{ALBUMS, FEEDS, Group, Groups, PHOTOS, USERS};

/// A photo's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) id: u32,
    pub(crate) user: u32,
    pub(crate) album: u32,
}

/// What is known of a change when it is reported.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Known {
    /// The row as it was or as it is.
    Row(Row),
    /// The key of a photo.
    Key(u32),
    /// Some photos of this user changed in place.
    OfUser(u32),
    /// Some photos in this album changed in place.
    InAlbum(u32),
    /// Some photos of this user in this album changed in place.
    OfUserInAlbum(u32, u32),
    /// Any photos changed in any way.
    AllPhotos,
    User(u32),
    AllUsers,
    Feed(u32),
    AllFeeds,
    Rates,
    Tag(u32),
}

impl Known {
    /// The groups that end.
    pub(crate) fn ends(self) -> Groups {
        match self {
            Self::Row(row) => row.groups(),
            Self::Key(id) => Groups::of([Group::Photos, Group::Photo(id)])
                .and(users())
                .and(albums())
                .and(pairs(|_, _| true)),
            Self::OfUser(user) => Groups::of([Group::Photos, Group::OfUser(user)])
                .and(photos())
                .and(albums())
                .and(pairs(|of, _| of == user)),
            Self::InAlbum(album) => Groups::of([Group::Photos, Group::InAlbum(album)])
                .and(photos())
                .and(users())
                .and(pairs(|_, within| within == album)),
            Self::OfUserInAlbum(user, album) => Groups::of([
                Group::Photos,
                Group::OfUser(user),
                Group::InAlbum(album),
                Group::OfUserInAlbum(user, album),
            ])
            .and(photos()),
            Self::AllPhotos => Groups::of([Group::Photos])
                .and(photos())
                .and(users())
                .and(albums())
                .and(pairs(|_, _| true)),
            Self::User(id) => Groups::of([Group::Users, Group::User(id)]),
            Self::AllUsers => {
                Groups::of((0..USERS).map(Group::User)).and(Groups::of([Group::Users]))
            }
            Self::Feed(reader) => Groups::of([Group::Feeds, Group::Feed(reader)]),
            Self::AllFeeds => {
                Groups::of((0..FEEDS).map(Group::Feed)).and(Groups::of([Group::Feeds]))
            }
            Self::Rates => Groups::of([Group::Rates]),
            Self::Tag(tag) => Groups::of([Group::Tag(tag)]),
        }
    }
}

impl Row {
    /// The groups that the row is in.
    pub(crate) fn groups(self) -> Groups {
        Groups::of([
            Group::Photos,
            Group::Photo(self.id),
            Group::OfUser(self.user),
            Group::InAlbum(self.album),
            Group::OfUserInAlbum(self.user, self.album),
        ])
    }

    /// Whether what is read of `group` shows this row.
    pub(crate) fn is_in(self, group: Group) -> bool {
        self.groups().has(group)
    }
}

fn photos() -> Groups {
    Groups::of((0..PHOTOS).map(Group::Photo))
}

fn users() -> Groups {
    Groups::of((0..USERS).map(Group::OfUser))
}

fn albums() -> Groups {
    Groups::of((0..ALBUMS).map(Group::InAlbum))
}

fn pairs(which: impl Fn(u32, u32) -> bool) -> Groups {
    let all = (0..USERS).flat_map(|user| (0..ALBUMS).map(move |album| (user, album)));
    let those = all.filter(|(user, album)| which(*user, *album));
    Groups::of(those.map(|(user, album)| Group::OfUserInAlbum(user, album)))
}
