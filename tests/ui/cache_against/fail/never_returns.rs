use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book)]
fn view_book(pk: u64) -> ! {
    panic!("{pk}")
}

fn main() {}
