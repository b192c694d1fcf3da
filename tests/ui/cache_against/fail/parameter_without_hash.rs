use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[derive(Clone, PartialEq, Eq)]
struct Isbn(String);

#[cache_against(Book)]
fn by_value(isbn: Isbn) -> String {
    isbn.0
}

#[cache_against(Book)]
fn by_reference(pk: u64, isbn: &Isbn) -> String {
    format!("{pk} {}", isbn.0)
}

fn main() {}
