use gcache::{Invalidates, invalidates};

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

#[invalidates(Book)]
impl Book {
    fn give_to(&mut self, author: u64) {
        self.author = author;
    }
}

fn main() {}
