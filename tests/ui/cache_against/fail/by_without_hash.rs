use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[derive(Clone, PartialEq, Eq)]
struct Isbn(String);

struct Order {
    isbn: Isbn,
}

#[cache_against(Book, by(order.isbn))]
fn view_order(order: &Order) -> String {
    order.isbn.0.clone()
}

fn main() {}
