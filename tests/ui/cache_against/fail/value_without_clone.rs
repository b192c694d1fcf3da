use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

struct Page(String);

#[cache_against(Book)]
fn plain(pk: u64) -> Page {
    Page(pk.to_string())
}

#[cache_against(Book)]
fn inside(pk: u64) -> Option<Page> {
    Some(Page(pk.to_string()))
}

#[cache_against(Book)]
async fn later(pk: u64) -> Page {
    Page(pk.to_string())
}

fn main() {}
