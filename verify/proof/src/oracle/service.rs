//! The cached functions of the world: every kind of group and option, each sync and async.

use super::ask::ask;
use super::change::Row;
use super::cx::Cx;
use super::group::{FEEDS, Group, USERS};
use super::op::TxKind;
use super::query::{BRIEF, End, How, LASTING, Query, ROOM, Seen};
use super::transact::Tx;
use gcache::link::NamedGroup;
use gcache::{Invalidates, Tag, cache_against, depends_on, group};
use std::hash::{Hash, Hasher};
use std::time::Duration;

/// A photo, as the functions return it and as mutations change it.
#[derive(Clone, Debug, PartialEq, Eq, Invalidates)]
#[group(index(user, album))]
pub(crate) struct Photo {
    pub(crate) id: u32,
    #[group(index)]
    pub(crate) user: u32,
    #[group(index)]
    pub(crate) album: u32,
    /// The run that read it.
    pub(crate) run: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Invalidates)]
pub(crate) struct User {
    pub(crate) id: u32,
}

group!(pub(crate) Feed: u32);
group!(pub(crate) Rates, local);

/// The tag that the world knows by this number.
pub(crate) fn tag(number: u32) -> String {
    if number == 0 { "front".to_owned() } else { format!("topic {}", number - 1) }
}

/// A part of the photos, as another process names it for one key.
pub(crate) fn photo_named(part: &str, id: u32) -> NamedGroup {
    let name = concat!(module_path!(), "::Photo");
    format!(r#"["{name}","{part}",{id}]"#).parse().expect("it is a group")
}

impl Photo {
    pub(crate) fn new(row: Row, run: u64) -> Self {
        Self { id: row.id, user: row.user, album: row.album, run }
    }
}

/// A memo key whose hash tells nothing.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Alike(pub(crate) u32);

impl Hash for Alike {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// Writes a cached function twice around one body, `name::now` and `name::later`, and the body as it is,
/// `name::plain`.
macro_rules! cached {
    ($name:ident($($argument:ident: $type:ty),*) -> $return:ty = $body:ident; $($options:tt)*) => {
        pub(crate) mod $name {
            use super::*;

            #[cache_against($($options)*, skip(cx), bypass = cx.asks_for_bypass())]
            pub(crate) fn now(cx: &Cx, $($argument: $type),*) -> $return {
                cx.now($body(cx, How::Sync, $($argument),*))
            }

            #[cache_against($($options)*, skip(cx), bypass = cx.asks_for_bypass())]
            pub(crate) async fn later(cx: &Cx, $($argument: $type),*) -> $return {
                $body(cx, How::Async, $($argument),*).await
            }

            pub(crate) async fn plain(cx: &Cx, how: How, $($argument: $type),*) -> $return {
                $body(cx, how, $($argument),*).await
            }
        }
    };
}

cached!(page(id: u32) -> Option<Photo> = page_of; Photo(id));
cached!(list_of(user: u32) -> Vec<Photo> = list_of_user; Photo(user = user), results);
cached!(shelf(user: u32, album: u32) -> Seen = shelf_of; Photo(album = album, user = user));
cached!(album(album: u32) -> Seen = album_of; Photo(album = album));
cached!(everything() -> Seen = all_photos; Photo);
cached!(people() -> Seen = all_people; User);
cached!(front() -> Vec<Photo> = front_page; "front", results);
cached!(feed(reader: u32) -> Seen = feed_of; Feed(reader), Rates, Tag(format!("topic {reader}")));
cached!(profile(user: u32) -> Result<Seen, Seen> = profile_of; User, key = user);
cached!(verdict(user: u32) -> Result<Seen, Seen> = verdict_on; User(user), cache_err);
cached!(card(id: u32) -> Seen = card_of; Photo(id));
cached!(gallery(user: u32) -> Seen = gallery_of; Rates);
cached!(board() -> Seen = board_of; Feed);
cached!(tree(id: u32) -> Seen = tree_of; Photo(id));
cached!(echo(id: u32) -> Seen = echo_of; Photo(id));
cached!(brief(id: u32) -> Seen = brief_of; Photo(id), ttl = BRIEF);
cached!(lasting(id: u32) -> Seen = lasting_of; Photo(id), ttl = LASTING);
cached!(digest(id: u32) -> Seen = digest_of; Rates);
cached!(tiny(id: u32) -> Seen = tiny_of; Photo(id), capacity = ROOM);
cached!(heavy(id: u32) -> Seen = heavy_of; Photo(id), max_weight = ROOM, weigh = |_| 1_u8);
cached!(choosy(id: Alike) -> Option<Photo> = choosy_of; Photo(id.0), cache_if = Option::is_some);
cached!(draft(id: u32) -> Seen = draft_of; Rates);
cached!(found(id: u32) -> Option<Photo> = found_of; found);
cached!(idle(id: Alike) -> Seen = idle_of; Photo(id.0), idle = Duration::from_secs(3600));

/// Uses many keys once, so that the generation tables sweep: with room for few, most become of no use at once.
#[cache_against(Photo(key), Photo(user = key, album = key), Feed(key), Tag(format!("noise {key}")),
                capacity = ROOM)]
pub(crate) fn noise(key: u32) -> u32 {
    key
}

/// One photo, or none.
async fn photo(cx: &Cx, how: How, query: Query, id: u32) -> Option<Photo> {
    let body = cx.body(query, how);
    let photo = body.photo(id).await.map(|row| Photo::new(row, body.id));
    body.over(if photo.is_some() { End::Found } else { End::Nothing });
    photo
}

async fn page_of(cx: &Cx, how: How, id: u32) -> Option<Photo> {
    photo(cx, how, Query::Page(id), id).await
}

async fn choosy_of(cx: &Cx, how: How, id: Alike) -> Option<Photo> {
    photo(cx, how, Query::Choosy(id.0), id.0).await
}

/// What reads one group and says no more than that it did.
async fn look(cx: &Cx, how: How, query: Query, group: Group) -> Seen {
    let body = cx.body(query, how);
    body.content(group).await;
    body.seen()
}

async fn shelf_of(cx: &Cx, how: How, user: u32, album: u32) -> Seen {
    look(cx, how, Query::Shelf(user, album), Group::OfUserInAlbum(user, album)).await
}

async fn album_of(cx: &Cx, how: How, album: u32) -> Seen {
    look(cx, how, Query::Album(album), Group::InAlbum(album)).await
}

async fn all_photos(cx: &Cx, how: How) -> Seen {
    look(cx, how, Query::Everything, Group::Photos).await
}

async fn all_people(cx: &Cx, how: How) -> Seen {
    look(cx, how, Query::People, Group::Users).await
}

async fn brief_of(cx: &Cx, how: How, id: u32) -> Seen {
    look(cx, how, Query::Brief(id), Group::Photo(id)).await
}

async fn lasting_of(cx: &Cx, how: How, id: u32) -> Seen {
    look(cx, how, Query::Lasting(id), Group::Photo(id)).await
}

async fn tiny_of(cx: &Cx, how: How, id: u32) -> Seen {
    look(cx, how, Query::Tiny(id), Group::Photo(id)).await
}

async fn heavy_of(cx: &Cx, how: How, id: u32) -> Seen {
    look(cx, how, Query::Heavy(id), Group::Photo(id)).await
}

async fn idle_of(cx: &Cx, how: How, id: Alike) -> Seen {
    look(cx, how, Query::Idle(id.0), Group::Photo(id.0)).await
}

/// Ends with rows that the function's option `results` makes it depend on.
fn with_results(body: super::cx::Body<'_>, rows: &[Row]) -> Vec<Photo> {
    let photos: Vec<Photo> = rows.iter().map(|row| Photo::new(*row, body.id)).collect();
    rows.iter().for_each(|row| body.finds(Group::Photo(row.id)));
    body.over(if photos.is_empty() { End::Nothing } else { End::Found });
    photos
}

async fn list_of_user(cx: &Cx, how: How, user: u32) -> Vec<Photo> {
    let body = cx.body(Query::ListOf(user), how);
    let rows = body.photos(Group::OfUser(user)).await;
    with_results(body, &rows)
}

async fn front_page(cx: &Cx, how: How) -> Vec<Photo> {
    let body = cx.body(Query::Front, how);
    let mut rows = Vec::new();
    for id in body.front().await {
        match body.photo(id).await {
            Some(row) => rows.push(row),
            None => {
                // It is not among the results, and may come back.
                body.finds(Group::Photo(id));
                depends_on!(Photo(id));
            }
        }
    }
    with_results(body, &rows)
}

async fn feed_of(cx: &Cx, how: How, reader: u32) -> Seen {
    let body = cx.body(Query::Feed(reader), how);
    for group in [Group::Feed(reader), Group::Rates, Group::Tag(1 + reader)] {
        body.content(group).await;
    }
    body.seen()
}

/// A user, or an error that names the run.
async fn user(cx: &Cx, how: How, query: Query, user: u32) -> Result<Seen, Seen> {
    let body = cx.body(query, how);
    if body.user(user).await {
        return Ok(body.seen());
    }
    let run = body.id;
    body.over(End::Failed);
    Err(Seen { run })
}

async fn profile_of(cx: &Cx, how: How, id: u32) -> Result<Seen, Seen> {
    user(cx, how, Query::Profile(id), id).await
}

async fn verdict_on(cx: &Cx, how: How, id: u32) -> Result<Seen, Seen> {
    user(cx, how, Query::Verdict(id), id).await
}

/// Reads the user of the photo, and only then says that it depends on it.
async fn card_of(cx: &Cx, how: How, id: u32) -> Seen {
    let body = cx.body(Query::Card(id), how);
    if let Some(row) = body.photo(id).await {
        body.user(row.user).await;
        body.finds(Group::User(row.user));
        depends_on!(User(row.user));
        cx.gate().await;
    }
    body.seen()
}

async fn gallery_of(cx: &Cx, how: How, user: u32) -> Seen {
    let body = cx.body(Query::Gallery(user), how);
    body.content(Group::Rates).await;
    let list = ask(cx, how, Query::ListOf(user)).await;
    for row in list.rows {
        // A sync function in an async one.
        ask(cx, How::Sync, Query::Card(row.id)).await;
    }
    body.seen()
}

async fn board_of(cx: &Cx, how: How) -> Seen {
    let body = cx.body(Query::Board, how);
    body.content(Group::Feeds).await;
    for user in 0..USERS {
        ask(cx, how, Query::ListOf(user)).await;
        ask(cx, how, Query::Profile(user)).await;
    }
    for reader in 0..FEEDS {
        ask(cx, how, Query::Feed(reader)).await;
    }
    body.seen()
}

async fn tree_of(cx: &Cx, how: How, id: u32) -> Seen {
    let body = cx.body(Query::Tree(id), how);
    body.content(Group::Photo(id)).await;
    if let Some(below) = id.checked_sub(1) {
        ask(cx, how, Query::Tree(below)).await;
    }
    body.seen()
}

async fn echo_of(cx: &Cx, how: How, id: u32) -> Seen {
    let body = cx.body(Query::Echo(id), how);
    body.content(Group::Photo(id)).await;
    if !cx.trace().is_recursion(cx.actor) {
        ask(cx, how, Query::Echo(id)).await;
    }
    body.seen()
}

async fn digest_of(cx: &Cx, how: How, id: u32) -> Seen {
    let body = cx.body(Query::Digest(id), how);
    body.content(Group::Rates).await;
    ask(cx, how, Query::Brief(id)).await;
    body.seen()
}

async fn found_of(cx: &Cx, how: How, id: u32) -> Option<Photo> {
    let body = cx.body(Query::Found(id), how);
    let photo = body.photo(id).await.map(|row| Photo::new(row, body.id));
    if photo.is_some() {
        body.finds(Group::Photo(id));
        depends_on!(Photo(id));
    }
    body.over(if photo.is_some() { End::Found } else { End::Nothing });
    photo
}

async fn draft_of(cx: &Cx, how: How, id: u32) -> Seen {
    let body = cx.body(Query::Draft(id), how);
    body.content(Group::Rates).await;
    let tx = Tx::begin(cx, TxKind::Database);
    tx.inside(how, async {
        ask(cx, how, Query::Page(id)).await;
    })
    .await;
    tx.roll_back().await;
    body.seen()
}
