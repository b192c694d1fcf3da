//! The smallest whole program: a model, a cached function, a change.

use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, key = pk)]
fn view_book(pk: u64) -> String {
    println!("computing the page of book {pk}");
    format!("page of book {pk}")
}

fn main() {
    view_book(7); // computes
    view_book(7); // answers from the cache
    view_book(8); // computes: another book

    Book { id: 7 }.invalidate();
    view_book(7); // computes again
    view_book(8); // still answers from the cache

    println!("\n{}", gcache::stats());
}
