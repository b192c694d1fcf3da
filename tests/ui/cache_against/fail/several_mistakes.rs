use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(key = pk, Book(pk), skp(db), ttl = 60, capacity = 0, capacity = 1, skip(pk, dbb))]
const fn view_book(db: &mut String, pk: u64, (page, _): (u32, u32)) -> &str {
    let _ = (pk, page);
    db.as_str()
}

fn main() {
    let mut db = String::new();
    let _: &str = view_book(&mut db, 7, (1, 2));
}
