use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, skip(db), by(pk, db))]
fn directly(db: u64, pk: u64) -> String {
    (db + pk).to_string()
}

#[cache_against(Book, skip(db), by(pk + db.pow(2)))]
fn inside(db: u64, pk: u64) -> String {
    (db + pk).to_string()
}

fn main() {}
