use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, cache_err = true)]
fn view_book(pk: u64) -> Result<String, String> {
    Ok(pk.to_string())
}

fn main() {}
