use gcache::{Invalidates, cache_against};

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

#[cache_against(Book(id = id))]
fn book(id: u64) -> u64 {
    id
}

fn main() {}
