//! Every macro of a gcache that another library hands on, without a dependency on gcache.
#![deny(warnings, clippy::pedantic, clippy::nursery)]

use gcache_facade::gcache::{cache_against, depends_on, group, invalidate, invalidates};

/// By the name under which it is handed on.
#[derive(Clone, Debug, PartialEq, Eq, gcache_facade::gcache::Invalidates)]
#[group(crate = ::gcache_facade::gcache, index(author, status))]
pub struct Book {
    /// The key.
    pub id: u64,
    /// An index.
    #[group(index)]
    pub author: u64,
    /// In the compound index.
    pub status: String,
}

group!(pub Feed: String, crate = ::gcache_facade::gcache);
group!(pub Rates, crate = gcache_facade::prelude::cache);

/// By two paths to the same library.
#[cache_against(
    Book(id),
    Book(author = id, status = "new"),
    Feed("news"),
    Rates,
    "tag",
    results,
    crate = ::gcache_facade::gcache
)]
#[must_use]
pub fn books(id: u64) -> Vec<Book> {
    depends_on!(Book(author = id), crate = gcache_facade::prelude::cache);
    vec![Book { id, author: 3, status: String::new() }]
}

/// Later.
#[cache_against(Book, by(id, title.len()), cache_err, crate = gcache_facade::prelude::cache)]
pub async fn later(id: u64, title: &str) -> usize {
    std::future::ready(title.len()).await
}

#[invalidates(crate = ::gcache_facade::gcache)]
impl Book {
    /// Changes an index.
    pub fn give(&mut self, author: u64) {
        self.author = author;
    }
}

/// Rows that are returned.
#[must_use]
#[invalidates(result, Feed("news"), crate = gcache_facade::prelude::cache)]
pub fn insert(author: u64) -> Option<Book> {
    Some(Book { id: 8, author, status: String::new() })
}

/// Groups that are listed.
#[must_use]
pub fn end(id: u64) -> usize {
    invalidate!(Book(id), Book(author = id), "tag", crate = ::gcache_facade::gcache).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gcache_facade::gcache::{Invalidates as _, of};

    #[test]
    fn all_macros_find_the_library() {
        assert_eq!(books(7), books(7));
        assert_eq!(of(books).stats().hits, 1);
        let mut book = insert(3).unwrap();
        book.give(4);
        assert_eq!(pollster::block_on(later(7, "abc")), 3);
        assert_eq!(books(7).len(), 1);
        assert!(end(7) > 0);
        let _ = (invalidate_book(7), invalidate_book_by_author_and_status(3, "new"));
        let _ = (invalidate_feed("news"), invalidate_rates(), book.invalidate());
    }

    mod of_a_macro {
        gcache_facade::service!(Film, film(pk));
    }

    #[test]
    fn macros_of_the_other_library_find_it() {
        use of_a_macro::{Found, Owned, film, invalidate_film, invalidate_film_by_owner};

        let mut first = film(7);
        assert_eq!(film(7).owner, "ann");
        assert_eq!((of(film).stats().hits, first.id), (1, 7));
        first.give("bob");
        film(7);
        assert_eq!(of(film).stats().misses, 2);
        // Of another film only the key is known: it may be, or have been, Ann's.
        assert!(invalidate_film(8).count() > 0);
        film(7);
        assert_eq!(of(film).stats().misses, 3);
        assert!(invalidate_film_by_owner("bob").count() > 0);
        film(7);
        let found = Found { pk: 7, owner: Some("bob".to_owned()), shelf: 1 };
        assert!(found.changed().count() > 0);
        let _ = (invalidate(&Owned::row("bob", 7, 1)), found.depend());
    }
}
