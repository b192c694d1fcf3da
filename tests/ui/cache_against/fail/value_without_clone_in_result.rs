use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

struct Page(String);

#[cache_against(Book)]
fn fallible(pk: u64) -> Result<Page, String> {
    Ok(Page(pk.to_string()))
}

fn main() {}
