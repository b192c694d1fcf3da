use gcache::{Invalidates, invalidates};

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

#[invalidates]
fn publish(book: &mut Book) {
    book.author = 1;
}

fn main() {}
