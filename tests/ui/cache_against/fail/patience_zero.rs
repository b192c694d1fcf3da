use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, patience = "0s")]
fn none(pk: u64) -> String {
    pk.to_string()
}

fn main() {}
