use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, ttl = seconds())]
fn view_book(pk: u64) -> String {
    pk.to_string()
}

fn seconds() -> u64 {
    90
}

fn main() {}
