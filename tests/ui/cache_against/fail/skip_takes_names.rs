use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, skip(db.name))]
fn field(db: &Db, pk: u64) -> String {
    format!("{} {pk}", db.name)
}

#[cache_against(Book, skip(&db))]
fn reference(db: &Db, pk: u64) -> String {
    format!("{} {pk}", db.name)
}

struct Db {
    name: String,
}

fn main() {}
