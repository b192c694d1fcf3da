use gcache::{Invalidates, cache_against};

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

#[cache_against(Book(author = author, id = id))]
fn books_of(author: u64, id: u64) -> u64 {
    author + id
}

fn main() {}
