use gcache::{Invalidates, invalidates};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[invalidates]
impl Book {
    const fn renumber(&mut self, id: u64) {
        self.id = id;
    }

    const fn number(&self) -> u64 {
        self.id
    }
}

fn main() {}
