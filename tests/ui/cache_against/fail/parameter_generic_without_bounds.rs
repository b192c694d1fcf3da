use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book)]
fn view<T: std::fmt::Display>(key: T) -> String {
    key.to_string()
}

fn main() {}
