use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book)]
fn view_book((pk, page): (u64, u32)) -> String {
    format!("{pk} {page}")
}

#[cache_against(Book)]
fn anything(_: u64) -> String {
    String::new()
}

fn main() {}
