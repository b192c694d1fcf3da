use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, capacity = 0)]
fn entries(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, max_weight = 0, weigh = String::len)]
fn weight(pk: u64) -> String {
    pk.to_string()
}

fn main() {}
