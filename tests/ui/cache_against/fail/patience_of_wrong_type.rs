use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

fn seconds() -> u64 {
    90
}

#[cache_against(Book, patience = seconds())]
fn page(pk: u64) -> String {
    pk.to_string()
}

fn main() {}
