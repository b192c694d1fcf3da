//! The cached functions that readers ask, and the ways to write. Some readers lose their patience soon, so that what
//! is in doubt is computed beside others.

use super::database::{ROWS, Write};
use super::work::Cx;
use gcache::{
    Invalidates, Transaction, cache_against, depends_on, finish, group, invalidate, invalidates,
};
use std::pin::Pin;
use std::time::Duration;

/// A row of the database.
#[derive(Clone, Debug, Invalidates)]
pub(crate) struct Item {
    pub(crate) id: u32,
    #[group(index)]
    pub(crate) shelf: u32,
}

group!(Page: u32);

/// The row on each shelf: one, so that what a shelf shows is the version of its row.
pub(crate) fn shelf_of(id: u32) -> u32 {
    id % ROWS
}

fn item(id: u32) -> Item {
    Item { id, shelf: shelf_of(id) }
}

#[cache_against(Item(id), patience = "1ms", skip(cx))]
pub(crate) async fn by_key(cx: &Cx, id: u32) -> u64 {
    let version = cx.database.read(id);
    cx.pause().await;
    version
}

#[cache_against(Item(id), skip(cx))]
pub(crate) fn by_key_now(cx: &Cx, id: u32) -> u64 {
    cx.database.read(id)
}

#[cache_against(Item(shelf = shelf_of(id)), skip(cx))]
pub(crate) async fn by_index(cx: &Cx, id: u32) -> u64 {
    let version = cx.database.read(id);
    cx.pause().await;
    version
}

#[cache_against(Item, by(id), skip(cx))]
pub(crate) async fn of_all(cx: &Cx, id: u32) -> u64 {
    cx.database.read(id)
}

/// Depends on the row through another function.
#[cache_against(Page(id), patience = "2ms", skip(cx))]
pub(crate) async fn nested(cx: &Cx, id: u32) -> u64 {
    cx.pause().await;
    let version = by_key(cx, id).await;
    cx.pause().await;
    version
}

#[cache_against(Page(id), ttl = "1h", skip(cx))]
pub(crate) fn nested_now(cx: &Cx, id: u32) -> u64 {
    by_key_now(cx, id)
}

/// Finds out on the way that it depends on the row.
#[cache_against(Page(id), patience = "1ms", skip(cx))]
pub(crate) async fn late(cx: &Cx, id: u32) -> u64 {
    let version = cx.database.read(id);
    cx.pause().await;
    depends_on!(Item(id));
    cx.pause().await;
    version
}

/// A way to write a row, after which what depends on it ends.
pub(crate) type Way = fn(Write, u32) -> Pin<Box<dyn Future<Output = ()> + Send>>;

#[invalidates(Item(id))]
async fn named(write: &Write, id: u32) {
    write.execute(id).await;
}

#[invalidates(result)]
async fn inserted(write: &Write, id: u32) -> Result<Item, ()> {
    write.execute(id).await;
    Ok(item(id))
}

impl Item {
    #[invalidates]
    async fn changed(&mut self, write: &Write) {
        write.execute(self.id).await;
    }

    #[invalidates]
    async fn removed(self, write: &Write) {
        write.execute(self.id).await;
    }
}

/// Each way, with its name.
pub(crate) const WAYS: [(&str, Way); 11] = [
    ("groups at entry", |write, id| Box::pin(async move { named(&write, id).await })),
    ("rows that are returned", |write, id| {
        Box::pin(async move { drop(inserted(&write, id).await) })
    }),
    ("a method that changes", |write, id| Box::pin(async move { item(id).changed(&write).await })),
    ("a method that takes", |write, id| Box::pin(async move { item(id).removed(&write).await })),
    ("a transaction's run", |write, id| {
        Box::pin(async move {
            let held = Transaction::begin();
            let work = async {
                invalidate!(Item(id));
                write.execute(id).await;
            };
            held.run(work).await;
            held.commit();
        })
    }),
    ("a commit under way", |write, id| {
        Box::pin(async move {
            let held = Transaction::begin();
            held.enter(|| invalidate!(Item(id)));
            let commit = async {
                write.execute(id).await;
                Ok::<_, ()>(())
            };
            held.commit_after(commit).await.expect("the database commits");
        })
    }),
    ("a part of a transaction", |write, id| {
        Box::pin(async move {
            let outer = Transaction::begin();
            let inner = outer.enter(Transaction::begin);
            let work = async {
                invalidate!(Item(id));
                write.execute(id).await;
            };
            // The part is given up, and not the whole.
            drop(tokio::time::timeout(Duration::from_millis(30), inner.run(work)).await);
            inner.commit();
            outer.commit();
        })
    }),
    ("a request's scope", |write, id| {
        Box::pin(async move {
            let request = Transaction::begin_scope();
            let handler = async {
                let held = Transaction::begin();
                held.run(named(&write, id)).await;
                held.commit();
            };
            request.run(handler).await;
            request.commit();
        })
    }),
    ("finish, by hand", |write, id| {
        Box::pin(finish(async move {
            write.execute(id).await;
            invalidate!(Item(id));
            write.leave();
        }))
    }),
    ("finish, groups at entry", |write, id| {
        Box::pin(finish(async move {
            named(&write, id).await;
            write.leave();
        }))
    }),
    ("finish, a commit", |write, id| {
        Box::pin(finish(async move {
            let held = Transaction::begin();
            held.enter(|| invalidate!(Item(id)));
            write.execute(id).await;
            held.commit();
            write.leave();
        }))
    }),
];

/// Whether the way, left in the middle, puts all rows in doubt.
pub(crate) fn is_coarse(name: &str) -> bool {
    ["rows that are returned", "a method that changes"].contains(&name)
}

/// Whether the way says itself when the writer is gone, since it goes on when it is dropped.
pub(crate) fn goes_on(name: &str) -> bool {
    name.starts_with("finish")
}
