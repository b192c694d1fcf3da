use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, ttl = 60)]
fn ttl(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, idle = 60_u64)]
fn idle(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, ttl = 1.5)]
fn fraction(pk: u64) -> String {
    pk.to_string()
}

#[cache_against(Book, ttl = "60")]
fn text(pk: u64) -> String {
    pk.to_string()
}

fn main() {}
