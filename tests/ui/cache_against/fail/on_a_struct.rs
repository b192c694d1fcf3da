use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book)]
struct Page {
    id: u64,
}

#[cache_against(Book)]
impl Page {
    fn id(&self) -> u64 {
        self.id
    }
}

fn main() {}
