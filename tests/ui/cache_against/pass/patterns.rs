//! A pattern has no name, so `by(..)` says what tells results apart.
#![deny(warnings)]

use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

struct Page {
    book: u64,
    number: u32,
}

#[cache_against(Book(pk), by(pk, page))]
fn tuple((pk, page): (u64, u32)) -> String {
    format!("{pk}/{page}")
}

#[cache_against(Book(book), by(book, number))]
fn of_a_struct(Page { book, number }: Page) -> String {
    format!("{book}/{number}")
}

#[cache_against(Book(*book), by(book))]
fn of_a_reference(&Page { ref book, number: _ }: &Page) -> String {
    book.to_string()
}

#[cache_against(Book(first), by(first, rest))]
fn of_an_array([first, rest @ ..]: [u64; 3]) -> u64 {
    first + rest.len() as u64
}

#[cache_against(Book(page.book), by(page.book))]
fn named_as_a_whole(page @ Page { .. }: Page) -> u64 {
    page.book
}

#[cache_against(Book, by())]
fn nothing_matters(_: u64) -> u64 {
    1
}

#[cache_against(Book(pk), skip(used, unused))]
fn skipped(pk: u64, (used, unused): (u64, u64)) -> u64 {
    let _ = unused;
    pk + used
}

#[cache_against(Book(pk), skip(_unused))]
fn skipped_by_a_name(pk: u64, _unused: &dyn std::fmt::Debug) -> u64 {
    pk
}

fn main() {
    for _ in 0..2 {
        assert_eq!(tuple((7, 1)), "7/1");
        assert_eq!(of_a_struct(Page { book: 7, number: 1 }), "7/1");
        assert_eq!(of_a_reference(&Page { book: 7, number: 1 }), "7");
        assert_eq!(of_an_array([7, 8, 9]), 9);
        assert_eq!(named_as_a_whole(Page { book: 7, number: 1 }), 7);
        assert_eq!(nothing_matters(3), 1);
        assert_eq!(skipped(7, (0, 0)), 7);
        assert_eq!(skipped_by_a_name(7, &"anything"), 7);
    }
    assert_eq!(tuple((7, 2)), "7/2");
}
