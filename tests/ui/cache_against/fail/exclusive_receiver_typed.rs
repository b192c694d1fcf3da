use gcache::{cache_against, group};
use std::pin::Pin;

group!(Book: u64);

struct Shop {
    tenant: u64,
}

impl Shop {
    #[cache_against(Book, by(self.tenant))]
    fn typed(self: &mut Self) -> u64 {
        self.tenant
    }

    #[cache_against(Book, by(self.tenant))]
    fn pinned(self: Pin<&mut Self>) -> u64 {
        self.tenant
    }

    #[cache_against(Book(id), skip(self))]
    fn skipped(self: &mut Self, id: u64) -> u64 {
        id
    }
}

fn main() {}
