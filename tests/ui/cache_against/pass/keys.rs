//! A group's key is given by value, by reference, or as text for a `String`.
#![deny(warnings)]

use gcache::{Invalidates, cache_against};
use std::sync::Arc;

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[derive(Invalidates)]
struct Line {
    #[group(key)]
    order: u64,
    #[group(key)]
    product: String,
}

#[derive(Invalidates)]
struct User {
    #[group(key)]
    name: Arc<str>,
}

gcache::group!(Feed: String);
gcache::group!(Pair: (u64, u64));
gcache::group!(Maybe: Option<u64>);
gcache::group!(Rates);

#[cache_against(Book(pk), Book(&pk), Book(pk + 1), Book(other), Book(*other), Book(7))]
fn numbers(pk: u64, other: &u64) -> u64 {
    pk + other
}

#[cache_against(Feed(owned), Feed(text), Feed("news"), Feed(format!("{text}!")), Feed(&owned[1..]))]
fn texts(owned: String, text: &str) -> String {
    owned + text
}

#[cache_against(Feed(tags.iter().min().unwrap_or(&"none")), Feed(tag), by(tags, *tag))]
fn references(tags: &[&'static str], tag: &&str) -> String {
    gcache::depends_on!(Feed(tag), Feed(tags[0]));
    format!("{tags:?} {tag}")
}

#[cache_against(Line(order, product), Line(&order, "all"), Line((order, product.clone())))]
fn compounds(order: u64, product: String) -> String {
    format!("{order} {product}")
}

#[cache_against(Pair(pair), Pair((pair.0, 1)), Pair(pair.1, 2))]
fn pairs(pair: (u64, u64)) -> u64 {
    pair.0
}

#[cache_against(User(name), Maybe(None), Maybe(Some(7)), Rates)]
fn others(name: Arc<str>) -> usize {
    name.len()
}

fn main() {
    for _ in 0..2 {
        assert_eq!(numbers(7, &8), 15);
        assert_eq!(texts("a".to_owned(), "b"), "ab");
        assert_eq!(references(&["b", "a"], &"c"), "[\"b\", \"a\"] c");
        assert_eq!(compounds(7, "pen".to_owned()), "7 pen");
        assert_eq!(pairs((7, 8)), 7);
        assert_eq!(others("ab".into()), 2);
    }
    let ended = ["a", "a", "z"].iter().map(invalidate_feed).map(|invalidated| invalidated.count());
    assert_eq!(ended.collect::<Vec<_>>(), [1, 0, 0]);
    assert_eq!(invalidate_line(7, &"all").count(), 1);
}
