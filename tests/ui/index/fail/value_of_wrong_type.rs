use gcache::{Invalidates, cache_against};

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

#[cache_against(Book(author = author))]
fn books_of(author: &str) -> usize {
    author.len()
}

fn main() {}
