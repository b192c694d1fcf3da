use gcache::{Invalidates, invalidates};

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

trait Rename {
    fn set(&mut self, author: u64);

    #[invalidates]
    fn rename(&mut self) {
        self.set(1);
    }
}

fn main() {}
