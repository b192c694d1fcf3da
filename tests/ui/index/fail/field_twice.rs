use gcache::{Invalidates, cache_against};

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

#[cache_against(Book(author = a, author = b))]
fn books_of(a: u64, b: u64) -> u64 {
    a + b
}

fn main() {}
