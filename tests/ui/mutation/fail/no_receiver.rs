use gcache::{Invalidates, invalidates};

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

impl Book {
    #[invalidates]
    fn publish(title: &str) -> usize {
        title.len()
    }
}

fn main() {}
