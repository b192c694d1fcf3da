use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book)]
fn directly(pk: u64) -> impl std::fmt::Display {
    pk
}

#[cache_against(Book)]
fn inside(pk: u64) -> Option<impl std::fmt::Display> {
    Some(pk)
}

fn main() {}
