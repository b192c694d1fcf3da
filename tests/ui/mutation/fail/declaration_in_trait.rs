use gcache::{Invalidates, invalidates};

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

trait Rename {
    #[invalidates]
    fn rename(&mut self, title: &str);
}

fn main() {}
