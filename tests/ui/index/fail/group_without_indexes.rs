use gcache::{Invalidates, cache_against, group};

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

group!(Feed: String);

#[cache_against(Feed(author = author))]
fn feed(author: u64) -> u64 {
    author
}

fn main() {}
