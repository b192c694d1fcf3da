use gcache::{cache_against, group};

group!(Book: u64);

#[cache_against(Book(id), cache_ok)]
fn plain(id: u64) -> Option<u64> {
    Some(id)
}

#[cache_against(Book(id), cache_ok)]
fn parameter<T: Default + Clone + Send + Sync + 'static>(id: u64) -> T {
    let _ = id;
    T::default()
}

#[cache_against(Book(id), cache_err, cache_ok)]
fn both(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
