use gcache::{Invalidates, cache_against};

#[derive(Clone, Invalidates)]
struct Product {
    id: u64,
    #[group(index)]
    category: u64,
    cents: u64,
}

#[cache_against(Product(cents = cents))]
fn products(cents: u64) -> u64 {
    cents
}

fn main() {}
