use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, cache_if = is_found)]
fn argument(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, cache_if = String::len)]
fn result(pk: u64) -> String {
    pk.to_string()
}

fn is_found(page: &Option<String>) -> bool {
    page.is_some()
}

fn main() {}
