use gcache::{Invalidates, invalidates};

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

#[invalidates(Book(id))]
fn touch(id: String) {
    let _ = id;
}

fn main() {}
