use gcache::{Invalidates, invalidates};

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

#[invalidates(result, result)]
fn insert(id: u64) -> Book {
    Book { id, author: 1 }
}

fn main() {}
