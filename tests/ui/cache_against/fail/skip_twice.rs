use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, skip(db, db))]
fn view_book(db: &str, pk: u64) -> String {
    format!("{db} {pk}")
}

fn main() {}
