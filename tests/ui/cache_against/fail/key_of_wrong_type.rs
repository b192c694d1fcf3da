use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, key = title)]
fn by_option(title: &str) -> String {
    title.to_owned()
}

#[cache_against(Book(title.len()))]
fn by_member(title: &str) -> String {
    title.to_owned()
}

fn main() {}
