use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, ttl = "90s", ttl = "2m")]
fn time(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, skip(pk), skip(title))]
fn skips(pk: u64, title: &str) -> String {
    format!("{pk} {title}")
}

#[cache_against(Book, cache_err, cache_err)]
fn flag(pk: u64) -> String {
    pk.to_string()
}

fn main() {}
