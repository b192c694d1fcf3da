//! `#[group(..)]` on the item.
#![deny(warnings)]

use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
#[group(name = "shop.book")]
struct Book {
    id: u64,
}

// Without helpers there is no name to meet another.
#[derive(Invalidates)]
#[group(no_helpers)]
struct Page {
    id: u64,
}

fn invalidate_page() {
    let _ = Page { id: 7 }.invalidate();
}

#[derive(Invalidates)]
#[group(name = "shop.line", no_helpers, crate = gcache)]
#[group(index(order, product))]
struct Line {
    #[group(key)]
    order: u64,
    #[group(key, index)]
    product: String,
}

#[derive(Invalidates)]
#[group()]
#[group(index(author, status), index(status, year), index(author, status, year))]
struct Film {
    #[group()]
    id: u64,
    #[group(index)]
    author: u64,
    status: u8,
    #[group(index)]
    year: u16,
}

#[cache_against(Book(pk), Page(pk), Line(pk, "pen"), Film(author = pk, year = 1, status = 2))]
fn view(pk: u64) -> u64 {
    pk
}

fn main() {
    assert_eq!(view(7), 7);
    assert!(gcache::stats().to_string().contains("shop.book"));
    invalidate_page();
    let line = Line { order: 7, product: "pen".to_owned() };
    let _ = (line.order, line.product.len(), line.invalidate(), invalidate_book(7));
    let _ = (invalidate_film(7), invalidate_film_by_author(7), invalidate_film_by_year(7));
    let _ = (invalidate_film_by_author_and_status(7, 1), invalidate_film_by_status_and_year(1, 7));
    let _ = invalidate_film_by_author_and_status_and_year(7, 1, 7);
    let _ = Film { id: 7, author: 7, status: 1, year: 7 }.invalidate();
}
