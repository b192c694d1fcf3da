use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book(pk), key = pk)]
fn view_book(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, key = pk, key = pk)]
fn edit_book(pk: u64) -> String {
    pk.to_string()
}

fn main() {}
