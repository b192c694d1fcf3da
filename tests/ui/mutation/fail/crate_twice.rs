use gcache::{Invalidates, invalidates};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[invalidates(Book(pk), crate = gcache, crate = ::gcache)]
fn rename(pk: u64) {
    let _ = pk;
}

fn main() {}
