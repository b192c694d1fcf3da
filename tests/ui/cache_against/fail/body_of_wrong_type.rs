use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book)]
fn view_book(pk: u64) -> String {
    pk
}

#[cache_against(Book)]
async fn view_later(pk: u64) -> String {
    pk
}

fn main() {}
