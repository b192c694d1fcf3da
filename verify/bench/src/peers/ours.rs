//! gcache, as its README says to write it.

use crate::body;
use gcache::{Invalidates, cache_against, depends_on, group};
use std::sync::Arc;

/// The model of most measures.
#[derive(Clone, Debug, PartialEq, Invalidates)]
pub(crate) struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

group!(pub(crate) Customer: String);
group!(pub(crate) Shelf: u64);

#[cache_against(Book, key = pk)]
pub(crate) fn id(pk: u64) -> u64 {
    body::number(pk)
}

#[cache_against(Book, key = pk, capacity = 200_000)]
pub(crate) fn id_large(pk: u64) -> u64 {
    body::number(pk)
}

#[cache_against(Customer(name))]
pub(crate) fn name(name: &str) -> u64 {
    body::name(name)
}

#[cache_against(Book(pk), Customer(name))]
pub(crate) fn pair(pk: u64, name: &str) -> u64 {
    body::pair(pk, name)
}

#[cache_against(Book, key = pk)]
pub(crate) fn text(pk: u64) -> String {
    body::text(pk)
}

#[cache_against(Book, key = pk)]
pub(crate) fn shared(pk: u64) -> Arc<str> {
    body::shared(pk)
}

#[cache_against(Book, key = pk)]
pub(crate) async fn waited(pk: u64) -> u64 {
    body::number(pk)
}

#[cache_against(Book, key = pk, ttl = "1h")]
pub(crate) fn timed(pk: u64) -> u64 {
    body::number(pk)
}

/// A page of books, as a listing returns it.
pub(crate) type Page = Arc<[Book]>;

/// How many rows a page has where it is long.
pub(crate) const ROWS: u64 = 1_000;

/// What a page is made of. Not counted.
pub(crate) fn rows(author: u64) -> Page {
    (0..ROWS).map(|row| Book { id: author * ROWS + row, author }).collect()
}

#[cache_against(Book(author = author))]
pub(crate) fn one_group(author: u64) -> Page {
    body::count();
    rows(author)
}

#[cache_against(Book(author = author), Shelf(author), "the front page")]
pub(crate) fn three_groups(author: u64) -> Page {
    body::count();
    rows(author)
}

#[cache_against(Book(author = author), results)]
pub(crate) fn row_groups(author: u64) -> Page {
    body::count();
    rows(author)
}

/// A thing that a page shows.
#[cache_against(Book, key = pk)]
pub(crate) fn part(pk: u64) -> u64 {
    body::number(pk)
}

/// A page of a hundred parts.
#[cache_against(Shelf(pk))]
pub(crate) fn whole(pk: u64) -> u64 {
    body::count();
    (0..PARTS).map(part).fold(pk, u64::wrapping_add)
}

/// How many parts a page has.
pub(crate) const PARTS: u64 = 100;

/// A call that makes `levels` others, one inside of the other, each with a row of its own.
#[cache_against(Shelf((pk << 10) + levels))]
pub(crate) fn chain(pk: u64, levels: u64) -> u64 {
    if levels == 0 { body::number(pk) } else { chain(pk, levels - 1).wrapping_add(1) }
}

/// How many calls a chain has, below its first.
pub(crate) const LEVELS: u64 = 1_000;

#[cache_against(Book, key = pk)]
pub(crate) fn missed(pk: u64) -> u64 {
    body::number(pk)
}

#[cache_against(Book, key = pk)]
pub(crate) fn missed_and_used(pk: u64) -> u64 {
    body::number(pk)
}

#[cache_against(Book, key = pk)]
pub(crate) fn missed_and_used_twice(pk: u64) -> u64 {
    body::number(pk)
}

#[cache_against(Book, key = pk)]
pub(crate) fn missed_together(pk: u64) -> u64 {
    body::number(pk)
}

/// A value that depends on a shelf, one of many.
#[cache_against(Shelf(shelf), capacity = 1_000_000)]
pub(crate) fn on_shelf(shelf: u64, place: u64) -> u64 {
    body::number(shelf ^ place)
}

/// A function of its own for each trace.
#[cache_against(Book, key = pk, capacity = crate::ratio::CAPACITY)]
pub(crate) fn traced<const TRACE: usize>(pk: u64) -> u64 {
    body::number(pk)
}

/// A function and a group for each number of entries, which nothing else uses: generations count, too.
macro_rules! weighed {
    ($($function:ident of $group:ident),*) => {$(
        group!(pub(crate) $group: u64);

        #[cache_against($group(pk), capacity = 200_000)]
        pub(crate) fn $function(pk: u64) -> u64 {
            body::number(pk)
        }
    )*};
}

weighed!(weighed_1k of Thousand, weighed_10k of TenThousand, weighed_100k of HundredThousand);

/// No growth makes it give anything up.
#[cache_against(Book, key = pk, capacity = 4_000_000)]
pub(crate) fn id_unbounded(pk: u64) -> u64 {
    body::number(pk)
}

#[cache_against(Shelf(pk))]
pub(crate) fn shelved(pk: u64) -> u64 {
    body::number(pk)
}

/// Keeps a shelf's generation alive.
#[cache_against(Shelf(shelf), capacity = 4_000_000)]
pub(crate) fn beside(shelf: u64) -> u64 {
    body::number(shelf)
}

/// A value that depends on so many shelves.
#[cache_against("the shelves")]
pub(crate) fn depending(count: u64) -> u64 {
    for shelf in 1..count {
        depends_on!(Shelf(shelf));
    }
    body::number(count)
}

/// A change of a book that no measure asks for, and of no author that any does.
pub(crate) fn invalidate_another(n: u64) {
    let other = (1 << 32) + n % 1_000;
    Book { id: other, author: other }.invalidate();
}
