use gcache::{Invalidates, invalidate};

#[derive(Clone, Invalidates)]
struct Product {
    id: u64,
    #[group(index)]
    category: u64,
    cents: u64,
}

fn other_forms(id: u64) {
    invalidate!(Product { id: 7 });
    invalidate!(Product = id);
    invalidate!(Product::id(id));
    invalidate!(tag = "products");
    invalidate!(format!("product {id}"));
}

fn main() {}
