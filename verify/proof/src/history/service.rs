//! The cached functions of the load, each sync and async around one body.

use super::cx::{Cx, Kind};
use super::group::{Function, Group, NOTES, OWNERS};
use super::log::Part;
use futures::future::join;
use gcache::{Invalidates, cache_against, depends_on, group};
use std::pin::Pin;
use std::sync::Arc;

/// What is cached against.
#[derive(Clone, Debug, Invalidates)]
#[group(index(owner, shelf))]
pub(crate) struct Item {
    pub(crate) id: u32,
    #[group(index)]
    pub(crate) owner: u32,
    pub(crate) shelf: u32,
}

group!(pub(crate) Note: u32);

/// An answer: what all bodies behind it have read.
#[derive(Clone, Debug)]
pub(crate) struct Value(Arc<[Part]>);

impl Value {
    pub(crate) fn new(parts: &[Part]) -> Self {
        Self(parts.into())
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.0
    }
}

/// The error that bodies return now and then.
#[derive(Debug)]
pub(crate) struct Failed;

type Answer = Result<Value, Failed>;

/// A question that the load asks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Query {
    Note(u32),
    Item(u32),
    OfOwner(u32),
    OfOwnerOnShelf(u32, u32),
    Items,
    Card(u32),
    Page(u32),
    Small(u32),
    Brief(u32),
}

impl Query {
    /// What its body reads first.
    pub(crate) fn group(self) -> Group {
        match self {
            Self::Note(key) => Group::Note(key),
            Self::Page(id) => Group::Note(note_of(id)),
            Self::Item(id) | Self::Card(id) | Self::Small(id) | Self::Brief(id) => Group::Item(id),
            Self::OfOwner(owner) => Group::OfOwner(owner),
            Self::OfOwnerOnShelf(owner, on) => Group::OfOwnerOnShelf(owner, on),
            Self::Items => Group::Items,
        }
    }
}

/// Writes a cached function twice around one body: `name::now` and `name::later`.
macro_rules! cached {
    ($name:ident($($argument:ident),*) = $body:ident; $($options:tt)*) => {
        pub(crate) mod $name {
            use super::*;

            #[cache_against($($options)*, skip(cx))]
            pub(crate) fn now(cx: &Cx, $($argument: u32),*) -> Answer {
                cx.now($body(cx, Kind::Thread, $($argument),*))
            }

            #[cache_against($($options)*, skip(cx))]
            pub(crate) async fn later(cx: &Cx, $($argument: u32),*) -> Answer {
                $body(cx, Kind::Task, $($argument),*).await
            }
        }
    };
}

cached!(note(key) = note_body; Note(key));
cached!(item(id) = item_body; Item(id));
cached!(of_owner(owner) = of_owner_body; Item(owner = owner));
cached!(on_shelf(owner, shelf) = on_shelf_body; Item(owner = owner, shelf = shelf));
cached!(items() = items_body; Item);
cached!(card(id) = card_body; Item(id));
cached!(page(id) = page_body; Note(note_of(id)));
cached!(small(id) = small_body; Item(id), capacity = 6);
cached!(brief(id) = brief_body; Item(id), ttl = "1ms");

/// Uses a key once, so that the generation tables sweep and entries are evicted.
#[cache_against(Item(key), Item(owner = key, shelf = key), Note(key), capacity = 16)]
pub(crate) fn noise(key: u32) -> u32 {
    key
}

/// Asks, as a thread or as a task does.
pub(crate) fn ask<'a>(
    cx: &'a Cx,
    kind: Kind,
    query: Query,
) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>> {
    // Boxed, since bodies ask in turn.
    match kind {
        Kind::Thread => Box::pin(async move { now(cx, query) }),
        Kind::Task => Box::pin(later(cx, query)),
    }
}

/// Asks on a thread.
pub(crate) fn now(cx: &Cx, query: Query) -> Answer {
    match query {
        Query::Note(key) => note::now(cx, key),
        Query::Item(id) => item::now(cx, id),
        Query::OfOwner(owner) => of_owner::now(cx, owner),
        Query::OfOwnerOnShelf(owner, shelf) => on_shelf::now(cx, owner, shelf),
        Query::Items => items::now(cx),
        Query::Card(id) => card::now(cx, id),
        Query::Page(id) => page::now(cx, id),
        Query::Small(id) => small::now(cx, id),
        Query::Brief(id) => brief::now(cx, id),
    }
}

async fn later(cx: &Cx, query: Query) -> Answer {
    match query {
        Query::Note(key) => note::later(cx, key).await,
        Query::Item(id) => item::later(cx, id).await,
        Query::OfOwner(owner) => of_owner::later(cx, owner).await,
        Query::OfOwnerOnShelf(owner, shelf) => on_shelf::later(cx, owner, shelf).await,
        Query::Items => items::later(cx).await,
        Query::Card(id) => card::later(cx, id).await,
        Query::Page(id) => page::later(cx, id).await,
        Query::Small(id) => small::later(cx, id).await,
        Query::Brief(id) => brief::later(cx, id).await,
    }
}

/// Clears the function of `query`, sync and async, and says which it is.
pub(crate) fn clear(query: Query) -> Function {
    macro_rules! clear {
        ($name:ident, $function:ident) => {{
            _ = gcache::of($name::now).clear();
            _ = gcache::of($name::later).clear();
            Function::$function
        }};
    }
    match query {
        Query::Note(_) => clear!(note, Note),
        Query::Item(_) => clear!(item, Item),
        Query::OfOwner(_) => clear!(of_owner, OfOwner),
        Query::OfOwnerOnShelf(..) => clear!(on_shelf, OfOwnerOnShelf),
        Query::Items => clear!(items, Items),
        Query::Card(_) => clear!(card, Card),
        Query::Page(_) => clear!(page, Page),
        Query::Small(_) => clear!(small, Small),
        Query::Brief(_) => clear!(brief, Brief),
    }
}

/// The note that goes with an item.
fn note_of(id: u32) -> u32 {
    id % NOTES
}

/// What reads one group.
async fn look(cx: &Cx, function: Function, group: Group) -> Answer {
    let mut body = cx.body(function);
    body.read(group).await;
    body.end()
}

async fn note_body(cx: &Cx, _: Kind, key: u32) -> Answer {
    look(cx, Function::Note, Group::Note(key)).await
}

async fn item_body(cx: &Cx, _: Kind, id: u32) -> Answer {
    look(cx, Function::Item, Group::Item(id)).await
}

async fn of_owner_body(cx: &Cx, _: Kind, owner: u32) -> Answer {
    look(cx, Function::OfOwner, Group::OfOwner(owner)).await
}

async fn on_shelf_body(cx: &Cx, _: Kind, owner: u32, shelf: u32) -> Answer {
    look(cx, Function::OfOwnerOnShelf, Group::OfOwnerOnShelf(owner, shelf)).await
}

async fn items_body(cx: &Cx, _: Kind) -> Answer {
    look(cx, Function::Items, Group::Items).await
}

async fn small_body(cx: &Cx, _: Kind, id: u32) -> Answer {
    look(cx, Function::Small, Group::Item(id)).await
}

async fn brief_body(cx: &Cx, _: Kind, id: u32) -> Answer {
    look(cx, Function::Brief, Group::Item(id)).await
}

/// Reads the note of the item, and only then says that it depends on it.
async fn card_body(cx: &Cx, _: Kind, id: u32) -> Answer {
    let mut body = cx.body(Function::Card);
    body.read(Group::Item(id)).await;
    body.read(Group::Note(note_of(id))).await;
    depends_on!(Note(note_of(id)));
    cx.pause().await;
    body.end()
}

/// A task asks two things at once.
async fn page_body(cx: &Cx, kind: Kind, id: u32) -> Answer {
    let mut body = cx.body(Function::Page);
    body.read(Group::Note(note_of(id))).await;
    let card = ask(cx, kind, Query::Card(id));
    let list = ask(cx, kind, Query::OfOwner(id % OWNERS));
    let (card, list) = join(card, list).await;
    body.take(&card?);
    body.take(&list?);
    // A sync function in an async one.
    body.take(&ask(cx, Kind::Thread, Query::Item(id)).await?);
    body.end()
}
