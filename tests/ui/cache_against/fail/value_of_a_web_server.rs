use gcache::{Invalidates, cache_against};

#[derive(Clone, Invalidates)]
struct Product {
    id: u64,
    #[group(index)]
    category: u64,
    cents: u64,
}

/// As `axum::response::Response` is one.
struct Response {
    body: Box<dyn Fn() -> String + Send>,
}

#[cache_against(Product(id))]
fn page(id: u64) -> Response {
    Response { body: Box::new(move || id.to_string()) }
}

fn main() {}
