//! The call of a cached function, noted and judged.

use super::change::Row;
use super::cx::Cx;
use super::query::{Answer, End, How, Key, Query, Seen};
use super::service::{self, Alike, Photo};
use gcache::{CachedFunction, of};
use std::pin::Pin;

/// Asks, and judges the answer. In a reference run the uncached bodies are asked.
pub(crate) fn ask<'a>(
    cx: &'a Cx,
    how: How,
    query: Query,
) -> Pin<Box<dyn Future<Output = Answer> + 'a>> {
    // Boxed, since bodies ask in turn.
    Box::pin(async move {
        if cx.is_reference() {
            return plain(cx, how, query).await;
        }
        let call = UnderWay::begin(cx, Key { query, how });
        let answer = match how {
            How::Sync => now(cx, query),
            How::Async => later(cx, query).await,
        };
        call.end(&answer);
        answer
    })
}

/// Asks, and compares the answer with what the uncached function gives: for an actor that is alone.
pub(crate) async fn ask_and_compare(cx: &Cx, how: How, query: Query) {
    let call = UnderWay::begin(cx, Key { query, how });
    let answer = match how {
        How::Sync => now(cx, query),
        How::Async => later(cx, query).await,
    };
    let Some(made) = call.end(&answer) else { return };
    if !cx.trace().missed.is_empty() {
        // It may be as old as the bound.
        return;
    }
    let first = cx.trace().next_run();
    cx.as_reference(plain(cx, how, query)).await;
    cx.trace().compare(cx.actor, made, first);
}

/// A call that is noted, until it ends or is given up.
struct UnderWay<'a> {
    cx: &'a Cx,
    open: bool,
}

impl<'a> UnderWay<'a> {
    fn begin(cx: &'a Cx, key: Key) -> Self {
        cx.trace().begin_call(cx.actor, key);
        Self { cx, open: true }
    }

    /// The run that made the answer, if there is nothing wrong with it.
    fn end(mut self, answer: &Answer) -> Option<u64> {
        self.open = false;
        self.cx.trace().end_call(self.cx.actor, answer)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if self.open {
            self.cx.trace().drop_call(self.cx.actor);
        }
    }
}

/// Writes the functions that find the one of a query: cached and sync, cached and async, uncached.
macro_rules! dispatch {
    ($($query:pat => $name:ident($($argument:expr),*);)*) => {
        fn now(cx: &Cx, query: Query) -> Answer {
            match query {
                $($query => service::$name::now(cx, $($argument),*).into(),)*
            }
        }

        async fn later(cx: &Cx, query: Query) -> Answer {
            match query {
                $($query => service::$name::later(cx, $($argument),*).await.into(),)*
            }
        }

        async fn plain(cx: &Cx, how: How, query: Query) -> Answer {
            match query {
                $($query => service::$name::plain(cx, how, $($argument),*).await.into(),)*
            }
        }

        /// The handle of a function.
        #[expect(unused_variables, reason = "the arguments of the query do not matter")]
        pub(crate) fn handle(key: Key) -> CachedFunction {
            match (key.query, key.how) {
                $(
                    ($query, How::Sync) => of(service::$name::now),
                    ($query, How::Async) => of(service::$name::later),
                )*
            }
        }
    };
}

dispatch! {
    Query::Page(id) => page(id);
    Query::ListOf(user) => list_of(user);
    Query::Shelf(user, album) => shelf(user, album);
    Query::Album(album) => album(album);
    Query::Everything => everything();
    Query::People => people();
    Query::Front => front();
    Query::Feed(reader) => feed(reader);
    Query::Profile(user) => profile(user);
    Query::Verdict(user) => verdict(user);
    Query::Card(id) => card(id);
    Query::Gallery(user) => gallery(user);
    Query::Board => board();
    Query::Tree(id) => tree(id);
    Query::Echo(id) => echo(id);
    Query::Brief(id) => brief(id);
    Query::Lasting(id) => lasting(id);
    Query::Digest(id) => digest(id);
    Query::Tiny(id) => tiny(id);
    Query::Heavy(id) => heavy(id);
    Query::Choosy(id) => choosy(Alike(id));
    Query::Draft(id) => draft(id);
    Query::Idle(id) => idle(Alike(id));
    Query::Found(id) => found(id);
}

impl From<Seen> for Answer {
    fn from(seen: Seen) -> Self {
        Self { end: End::Found, run: Some(seen.run), rows: Vec::new() }
    }
}

impl From<Result<Seen, Seen>> for Answer {
    fn from(result: Result<Seen, Seen>) -> Self {
        match result {
            Ok(seen) => seen.into(),
            Err(Seen { run }) => Self { end: End::Failed, run: Some(run), rows: Vec::new() },
        }
    }
}

impl From<Vec<Photo>> for Answer {
    fn from(photos: Vec<Photo>) -> Self {
        let row = |photo: &Photo| Row { id: photo.id, user: photo.user, album: photo.album };
        Self {
            end: if photos.is_empty() { End::Nothing } else { End::Found },
            run: photos.first().map(|photo| photo.run),
            rows: photos.iter().map(row).collect(),
        }
    }
}

impl From<Option<Photo>> for Answer {
    fn from(photo: Option<Photo>) -> Self {
        Vec::from_iter(photo).into()
    }
}
