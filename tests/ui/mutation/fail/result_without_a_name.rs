use gcache::{Invalidates, invalidates};

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

#[invalidates(result)]
fn insert(id: u64) -> impl Iterator<Item = Book> {
    [Book { id, author: 1 }].into_iter()
}

fn main() {}
