use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, max_weight = 1_000, weigh = |pk: &u64, lang: &String, page: &String| 1_u64)]
fn weighed(pk: u64, lang: &str) -> String {
    format!("{pk} {lang}")
}

#[cache_against(Book, cache_if = || true)]
fn wanted(pk: u64) -> String {
    pk.to_string()
}

fn main() {}
