use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, patience = "of")]
fn word(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, patience = off)]
fn bare(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, patience = 10)]
fn unit(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, patience = false)]
fn flag(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, patience)]
fn alone(pk: u64) -> String {
    pk.to_string()
}

fn main() {}
