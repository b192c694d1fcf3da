use gcache::{Invalidates, invalidate};

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

fn touch() {
    invalidate!(Book(1), 7);
}

fn main() {}
