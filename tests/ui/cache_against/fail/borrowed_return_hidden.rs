use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[derive(Clone)]
struct Title<'a>(&'a str);

#[cache_against(Book)]
fn title(title: &str) -> Title {
    Title(title)
}

fn main() {}
