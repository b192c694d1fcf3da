//! Names that are keywords.
#![deny(warnings)]

use gcache::{Invalidates, Tag, cache_against};

#[derive(Invalidates)]
struct Book {
    #[group(key)]
    r#mod: u64,
    #[group(index)]
    r#type: String,
}

#[cache_against(Book(r#mod), Tag(format!("{type}")), skip(r#dyn))]
fn r#match(r#mod: u64, r#type: &str, r#dyn: &str) -> usize {
    r#mod as usize + r#type.len() + r#dyn.len()
}

#[cache_against(Book(r#type = r#type), by(r#type))]
fn r#loop(r#type: &str) -> usize {
    r#type.len()
}

fn main() {
    for _ in 0..2 {
        assert_eq!(r#match(7, "a", ""), 8);
        assert_eq!(r#loop("a"), 1);
    }
    let _ = (invalidate_book(7), invalidate_book_by_type("a"));
}
