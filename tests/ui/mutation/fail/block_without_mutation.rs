use gcache::{Invalidates, invalidates};

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

#[invalidates]
impl Book {
    fn author(&self) -> u64 {
        self.author
    }
}

fn main() {}
