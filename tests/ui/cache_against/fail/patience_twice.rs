use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, patience = "10s", patience = "off")]
fn twice(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, patience = std::time::Duration::from_secs(pk))]
fn of_a_parameter(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, patince = "10s")]
fn misspelt(pk: u64) -> String {
    pk.to_string()
}

fn main() {}
