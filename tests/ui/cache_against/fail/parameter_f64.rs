use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book)]
fn cheaper_than(price: f64) -> String {
    price.to_string()
}

#[cache_against(Book)]
fn cheaper_than_all(prices: &[f64]) -> usize {
    prices.len()
}

fn main() {}
