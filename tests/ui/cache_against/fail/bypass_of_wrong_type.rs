use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, bypass = pk)]
fn view_book(pk: u64) -> String {
    pk.to_string()
}

fn main() {}
