use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book)]
fn view<T: Default>() -> T {
    T::default()
}

fn main() {}
