//! Every macro of a gcache that goes by another name: `cachelib = { package = "gcache" }`.
//!
//! No crate `gcache` is in scope here, so whatever an expansion names must be named through the option
//! `crate`.
#![deny(warnings, clippy::pedantic, clippy::nursery)]

use cachelib::{
    Depends, Invalidates, Tag, cache_against, depends_on, group, invalidate, invalidates,
};

/// A model.
#[derive(Clone, Debug, PartialEq, Eq, Invalidates)]
#[group(crate = ::cachelib, index(author, status))]
pub struct Book {
    /// The key.
    pub id: u64,
    /// An index.
    #[group(index)]
    pub author: u64,
    /// In the compound index.
    pub status: String,
}

/// A model with a compound key.
#[derive(Debug, Invalidates)]
#[group(crate = cachelib, name = "renamed.line")]
pub struct Line {
    /// A part of the key.
    #[group(key)]
    pub order: u64,
    /// Another.
    #[group(key)]
    pub product: String,
}

group!(pub Feed: String, crate = ::cachelib);
group!(pub Rates, crate = cachelib);

group!(
    pub Follow(from: u64, to: u64, column = "target"), index(to), index(from, since: u16),
    table = "follow", crate = ::cachelib
);

/// No model.
#[derive(Clone, Debug, Depends)]
#[depends(Follow(from, to), Follow?(to = known), Book?(id), Line?(from, name), "tag", crate = ::cachelib)]
pub struct Found {
    from: u64,
    to: u64,
    known: Option<u64>,
    id: Option<u64>,
    name: Option<String>,
}

/// All groups on the way, and errors that are values.
///
/// # Errors
///
/// If there is nobody.
#[cache_against(found, results, cache_err_if = |error: &u64| *error > 0, crate = ::cachelib)]
pub fn found(from: u64) -> Result<Found, u64> {
    depends_on!(Follow?(Some(from), from), Book?(&Some(from)), crate = ::cachelib);
    Err(from)
}

/// The same for an error that is something else while it is stored.
///
/// # Errors
///
/// If there is nobody.
#[cache_against(Follow(to = to), cache_err_as(|_: &u64| Some(()), |()| 7), crate = ::cachelib)]
pub async fn nobody(to: u64) -> Result<Found, u64> {
    std::future::ready(Err(to)).await
}

/// Every kind of group, every option.
#[cache_against(
    crate = ::cachelib,
    Book,
    Book(id),
    Book(author = id, status = "new"),
    Line(id, "pen"),
    Feed("news"),
    Rates,
    "tag",
    Tag(format!("book {id}")),
    skip(unused),
    results,
    ttl = "90s",
    idle = "10s",
    max_weight = 1_000,
    weigh = Vec::len,
    cache_if = is_worth_it,
    bypass = unused.is_empty(),
    name = "renamed.books"
)]
#[must_use]
pub fn books(id: u64, unused: &str) -> Vec<Book> {
    depends_on!(Book(author = id), Feed("late"), "late", crate = ::cachelib);
    vec![Book { id, author: 3, status: unused.to_owned() }]
}

#[allow(clippy::ptr_arg, reason = "the value as it is")]
const fn is_worth_it(books: &Vec<Book>) -> bool {
    !books.is_empty()
}

/// Later, and of a `Result`.
///
/// # Errors
///
/// Never.
#[cache_against(Book(author = author), by(author, title), capacity = 7, crate = cachelib)]
pub async fn count(author: u64, title: &str) -> Result<usize, String> {
    std::future::ready(Ok(title.len())).await
}

#[invalidates(crate = ::cachelib)]
impl Book {
    /// Changes an index.
    pub fn give(&mut self, author: u64) {
        self.author = author;
    }
}

impl Book {
    /// Ends what depends on it.
    #[invalidates(crate = ::cachelib)]
    #[must_use]
    pub fn sell(self) -> u64 {
        self.id
    }

    /// By itself.
    #[cache_against(Self, by(self.id), crate = ::cachelib)]
    #[must_use]
    pub fn title(&self) -> String {
        self.id.to_string()
    }
}

/// Rows that are returned, and groups that are named.
#[must_use]
#[invalidates(result, Book(author = author), "tag", crate = ::cachelib)]
pub fn insert(author: u64) -> Option<Book> {
    Some(Book { id: 8, author, status: String::new() })
}

/// Groups that are listed.
#[must_use]
pub fn end(id: u64) -> usize {
    invalidate!(Book(id), Line(id, "pen"), Rates, "tag", Tag("b"), crate = ::cachelib).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cachelib::{Transaction, of};
    use std::sync::{Mutex, PoisonError};

    /// Held by a test, since each invalidates what the other has cached.
    static CACHE: Mutex<()> = Mutex::new(());

    #[test]
    fn all_macros_find_the_library() {
        let _own = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(books(7, "a"), books(7, "a"));
        assert_eq!((of(books).name(), of(books).stats().hits), ("renamed.books", 1));
        let mut book = insert(3).unwrap();
        book.give(4);
        assert_eq!(book.title(), "8");
        assert_eq!(pollster::block_on(count(4, "abc")), Ok(3));
        assert_eq!(of(count).name(), "gcache_renamed::count");
        assert_eq!(books(7, "a").len(), 1);
        assert!(end(7) > 0);
        assert_eq!(book.sell(), 8);
        let _ = (invalidate_book(7), invalidate_book_by_author_and_status(3, "new"));
        let _ = (invalidate_line(7, "pen"), invalidate_feed("news"), invalidate_rates());
    }

    #[test]
    fn groups_of_fields_and_rows_that_are_none_find_the_library() {
        let _own = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
        let hits = || (of(found).stats().hits, of(nobody).stats().hits);
        assert_eq!((found(7).unwrap_err(), found(7).unwrap_err()), (7, 7));
        assert_eq!(pollster::block_on(nobody(7)).unwrap_err(), 7);
        assert_eq!(pollster::block_on(nobody(7)).unwrap_err(), 7);
        assert_eq!(hits(), (1, 1));
        let changed = Transaction::begin();
        assert!(invalidate!(in changed: Follow(7, 7), crate = ::cachelib).is_deferred());
        assert!(changed.commit().count() > 0);
        let row = Found { from: 7, to: 7, known: Some(7), id: None, name: None };
        let _ = (row.depend(), row.changed(), invalidate_follow_by_from_and_since(7, 1984));
        let groups = (Follow::row(7, 7, 1984), Follow::key(7, 7), Follow::by_to(7));
        assert_eq!(invalidate(&groups).count(), 0);
    }
}
