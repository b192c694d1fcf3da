use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book(pk), by(title))]
fn not_at_all(pk: u64, title: &str) -> String {
    format!("{pk} {title}")
}

#[cache_against(Book(pk), by(pk % 10))]
fn only_a_part(pk: u64) -> String {
    (pk % 10).to_string()
}

struct Shop {
    tenant: u64,
    book: u64,
}

impl Shop {
    #[cache_against(Book(self.book), by(self.tenant))]
    fn shown(&self) -> String {
        format!("{} {}", self.tenant, self.book)
    }
}

fn main() {}
