use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, ttl = std::time::Duration::from_secs(seconds))]
fn time(seconds: u64) -> String {
    seconds.to_string()
}

#[cache_against(Book, capacity = room)]
fn bound(room: u64) -> String {
    room.to_string()
}

#[cache_against(Book, cache_if = |page: &String| page.len() > shortest)]
fn condition(shortest: usize) -> String {
    "page".repeat(shortest)
}

fn main() {}
