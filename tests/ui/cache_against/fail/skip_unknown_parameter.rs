use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, skip(dbb))]
fn near(db: &str, pk: u64) -> String {
    format!("{db} {pk}")
}

#[cache_against(Book, skip(connection))]
fn nothing_near(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, skip(self))]
fn no_receiver(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, skip(pk))]
fn no_parameter() -> String {
    String::new()
}

fn main() {}
