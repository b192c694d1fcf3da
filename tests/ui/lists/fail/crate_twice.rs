use gcache::{Invalidates, invalidate};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

fn main() {
    invalidate!(crate = gcache, Book(7), crate = ::gcache);
}
