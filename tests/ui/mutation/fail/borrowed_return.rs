use gcache::{Invalidates, invalidates};

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

impl Book {
    #[invalidates]
    fn give_to(&mut self, author: u64) -> &mut Self {
        self.author = author;
        self
    }
}

fn main() {}
