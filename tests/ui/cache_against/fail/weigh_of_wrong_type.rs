use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, max_weight = 1_000, weigh = pages)]
fn argument(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, max_weight = 1_000, weigh = String::is_empty)]
fn result(pk: u64) -> String {
    pk.to_string()
}

fn pages(pages: &Vec<String>) -> usize {
    pages.len()
}

fn main() {}
