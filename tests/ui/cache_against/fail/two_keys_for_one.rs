use gcache::{Invalidates, cache_against};

#[derive(Clone, Invalidates)]
struct Product {
    id: u64,
    #[group(index)]
    category: u64,
    cents: u64,
}

#[cache_against(Product(id, category))]
fn product(id: u64, category: u64) -> u64 {
    id + category
}

fn main() {}
