use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(3)]
fn number(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(&Book)]
fn reference(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book,, skip(pk))]
fn nothing(pk: u64) -> String {
    pk.to_string()
}

fn main() {}
