use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, capacity = "100")]
fn text(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, capacity = 1.5)]
fn fraction(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, capacity = -1)]
fn negative(pk: u64) -> String {
    pk.to_string()
}

fn main() {}
