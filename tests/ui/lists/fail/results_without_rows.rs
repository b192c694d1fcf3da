use gcache::{Invalidates, cache_against};

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

#[cache_against(Book, results)]
fn count() -> u64 {
    1
}

fn main() {}
