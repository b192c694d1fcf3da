//! All options together, in any order, and each in all its forms.
#![deny(warnings)]

use gcache::{Invalidates, Tag, cache_against};
use std::time::Duration;

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

const LONG: Duration = Duration::from_secs(60);
const MANY: u64 = 100;

fn is_worth_it(books: &Vec<Book>) -> bool {
    !books.is_empty()
}

fn off() -> bool {
    false
}

#[cache_against(
    Book,
    key = pk,
    Book(author = author),
    "books",
    Tag(format!("author {author}")),
    skip(db),
    by(pk, author),
    results,
    ttl = "1h 30m",
    idle = LONG * 2,
    patience = "2s",
    max_weight = 1_000,
    weigh = Vec::len,
    cache_if = is_worth_it,
    cache_err,
    bypass = off(),
    name = "books",
    crate = ::gcache,
)]
fn all(db: &str, pk: u64, author: u64) -> Vec<Book> {
    let _ = db;
    vec![Book { id: pk, author }]
}

#[cache_against(bypass = pk > 100 || db.is_empty(), capacity = MANY, skip(db), Book(pk))]
fn options_first(db: &str, pk: u64) -> u64 {
    let _ = db;
    pk
}

#[cache_against(Book, capacity = 10_u64, ttl = std::time::Duration::from_millis(1_500))]
fn suffixes(pk: u64) -> u64 {
    pk
}

#[cache_against(Book, max_weight = 0x10 * (2 + 1_000), weigh = |page: &String| page.len(), idle = "2days")]
fn closures(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, patience = "off")]
fn patient(pk: u64) -> u64 {
    pk
}

#[cache_against(Book, patience = LONG / 4)]
fn of_a_constant(pk: u64) -> u64 {
    pk
}

#[cache_against(Book, patience = if cfg!(test) { gcache::Patience::OFF } else { LONG.into() })]
fn of_its_own_type(pk: u64) -> u64 {
    pk
}

#[cache_against(Book, cache_if = |page: &String| page.len() > 1)]
fn condition(pk: u64) -> String {
    pk.to_string()
}

// A method of what the value derefs to.
#[cache_against(Book, cache_if = str::is_ascii, max_weight = 7, weigh = str::len)]
fn deref(pk: u64) -> String {
    pk.to_string()
}

fn main() {
    for _ in 0..2 {
        assert_eq!(all("db", 7, 3).len(), 1);
        assert_eq!(options_first("db", 7), 7);
        assert_eq!(options_first("", 700), 700);
        assert_eq!(suffixes(7), 7);
        assert_eq!(closures(7), "7");
        assert_eq!((patient(7), of_a_constant(7), of_its_own_type(7)), (7, 7, 7));
        assert_eq!(condition(7), "7");
        assert_eq!(deref(7), "7");
    }
}
