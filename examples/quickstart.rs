//! The smallest whole program: a model, a cached function, a change.

use gcache::prelude::*;

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, key = id)]
fn view_book(id: u64) -> String {
    println!("computing the page of book {id}");
    format!("the page of book {id}")
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
