use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

struct Shop {
    book: u64,
}

impl Shop {
    #[cache_against(Book(self.book), skip(self))]
    fn shown(&self) -> String {
        self.book.to_string()
    }
}

fn main() {}
