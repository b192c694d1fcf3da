use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, ttl = "soon")]
fn word(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, ttl = "90 fortnights")]
fn unit(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, ttl = "")]
fn empty(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, ttl = "99999999999999999999s")]
fn too_long(pk: u64) -> String {
    pk.to_string()
}

fn main() {}
