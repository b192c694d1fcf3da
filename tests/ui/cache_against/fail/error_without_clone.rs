use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

struct NotFound;

#[cache_against(Book, cache_err)]
fn view_book(pk: u64) -> Result<String, NotFound> {
    Ok(pk.to_string())
}

fn main() {}
