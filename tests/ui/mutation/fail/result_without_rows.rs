use gcache::{Invalidates, invalidates};

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

#[invalidates(result)]
fn insert(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
