use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

trait Library {
    #[cache_against(Book(pk), skip(self))]
    fn view_book(&self, pk: u64) -> String;
}

fn main() {}
