use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book(pk))]
fn fill(pk: u64, pages: &mut Vec<String>) -> usize {
    pages.push(pk.to_string());
    pages.len()
}

fn main() {}
