use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, skip)]
fn skips(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, skip = pk)]
fn skip_is_a_list(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, by)]
fn by_nothing(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, ttl)]
fn time(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, capacity(100))]
fn room(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, bypass = )]
fn no_expression(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, name = books)]
fn name_is_a_text(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, crate = "gcache")]
fn crate_is_a_path(pk: u64) -> String {
    pk.to_string()
}

fn main() {}
