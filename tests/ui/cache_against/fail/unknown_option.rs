use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, skp(pk))]
fn list(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, tll = "90s")]
fn value(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, cached_err)]
fn flag(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, colour = "red")]
fn nothing_near(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(book)]
fn group_without_capital(pk: u64) -> String {
    pk.to_string()
}

fn main() {}
