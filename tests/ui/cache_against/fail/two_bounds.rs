use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, capacity = 100, max_weight = 1_000, weigh = String::len)]
fn view_book(pk: u64) -> String {
    pk.to_string()
}

fn main() {}
