use gcache::{Invalidates, invalidates};

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

struct Draft {
    title: String,
}

impl Draft {
    #[invalidates]
    fn rename(&mut self, title: &str) {
        self.title = title.to_owned();
    }
}

fn main() {}
