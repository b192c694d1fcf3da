use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

struct Shop {
    sold: u64,
}

impl Shop {
    #[cache_against(Book(pk))]
    fn sell(&mut self, pk: u64) -> u64 {
        self.sold += pk;
        self.sold
    }
}

fn main() {}
