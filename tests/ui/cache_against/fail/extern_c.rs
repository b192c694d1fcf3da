use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book)]
extern "C" fn view_book(pk: u64) -> u64 {
    pk
}

fn main() {}
