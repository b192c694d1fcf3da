use gcache::{Invalidates, cache_against};

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

#[cache_against(Book(auhtor = author))]
fn books_of(author: u64) -> Vec<u64> {
    vec![author]
}

fn main() {}
