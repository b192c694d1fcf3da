use gcache::{Invalidates, depends_on};

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

fn touch() {
    depends_on!();
}

fn main() {}
