//! A group may use what `by(..)` holds: a parameter, a part of one, or what is made of it.
#![deny(warnings)]

use gcache::{Invalidates, Tag, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: String,
}

struct Order {
    book: u64,
    author: String,
}

#[cache_against(Book(order.book), by(order.book, order.author.len()))]
fn field(order: &Order) -> u64 {
    order.book
}

#[cache_against(Book(author = order.author.clone()), by(order.author))]
fn owned_of_a_field(order: &Order) -> String {
    order.author.clone()
}

#[cache_against(Book(author = author.to_lowercase()), by(author.to_lowercase()))]
fn normalised(author: &str) -> String {
    author.to_lowercase()
}

#[cache_against(Book(pk), by(&pk))]
fn by_reference(pk: u64) -> u64 {
    pk
}

#[cache_against(Tag(format!("book {pk:>width$}")), by(pk, width))]
fn text(pk: u64, width: usize) -> String {
    format!("{pk:>width$}")
}

// A name that the expression binds itself is no parameter.
#[cache_against(Book(keys.iter().map(|db| *db).max().unwrap_or_default()), skip(db))]
fn bound_in_a_closure(keys: Vec<u64>, db: &str) -> usize {
    keys.len() + db.len()
}

#[cache_against(Book({ let db = pk; db }), Book(match pk { db => db }), skip(db))]
fn bound_in_a_block(pk: u64, db: &str) -> u64 {
    pk + db.len() as u64
}

fn main() {
    let order = Order { book: 7, author: "Le Guin".to_owned() };
    for _ in 0..2 {
        assert_eq!(field(&order), 7);
        assert_eq!(owned_of_a_field(&order), "Le Guin");
        assert_eq!(normalised("Le Guin"), "le guin");
        assert_eq!(normalised("LE GUIN"), "le guin");
        assert_eq!(by_reference(7), 7);
        assert_eq!(text(7, 3), "  7");
        assert_eq!(bound_in_a_closure(vec![7], "db"), 3);
        assert_eq!(bound_in_a_block(7, "db"), 9);
    }
}
