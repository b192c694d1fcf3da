use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, ttl = "0s")]
fn ttl(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, idle = "0s")]
fn idle(pk: u64) -> String {
    pk.to_string()
}

fn main() {}
