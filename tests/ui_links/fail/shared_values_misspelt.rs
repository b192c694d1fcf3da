use gcache::{cache_against, group};

group!(Book: u64);

#[cache_against(Book(id), shared_values(hidden), ttl = "1h")]
fn one(id: u64) -> u64 {
    id
}

#[cache_against(Book(id), shared_values = true, ttl = "1h")]
fn other(id: u64) -> u64 {
    id
}

#[cache_against(Book(id), shared_value, ttl = "1h")]
fn third(id: u64) -> u64 {
    id
}

fn main() {}
