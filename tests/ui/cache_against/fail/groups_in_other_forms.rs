use gcache::{Invalidates, cache_against};

#[derive(Clone, Invalidates)]
struct Product {
    id: u64,
    #[group(index)]
    category: u64,
    cents: u64,
}

#[cache_against(format!("product {id}"))]
fn formatted(id: u64) -> u64 {
    id
}

#[cache_against(tag = "products")]
fn tagged(id: u64) -> u64 {
    id
}

#[cache_against(group = Product(id))]
fn named(id: u64) -> u64 {
    id
}

#[cache_against(Product = id)]
fn equal(id: u64) -> u64 {
    id
}

#[cache_against(Product::id(id))]
fn member(id: u64) -> u64 {
    id
}

fn main() {}
