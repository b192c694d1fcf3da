use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book(pk), skip(pk))]
fn directly(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book(shift(pk, by) + 1), skip(by))]
fn inside(pk: u64, by: u64) -> String {
    (pk + by).to_string()
}

#[cache_against(gcache::Tag(format!("book {pk} {by:?}")), skip(by))]
fn in_a_text(pk: u64, by: u64) -> String {
    (pk + by).to_string()
}

fn shift(pk: u64, by: u64) -> u64 {
    pk + by
}

fn main() {}
