use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book, cache_err)]
fn view<T: Default>() -> T {
    T::default()
}

fn main() {}
