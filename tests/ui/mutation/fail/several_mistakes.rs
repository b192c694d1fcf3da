use gcache::{Invalidates, invalidates};

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

#[invalidates(key = id, result, Book())]
fn touch(id: u64) {
    let _ = id;
}

fn main() {}
