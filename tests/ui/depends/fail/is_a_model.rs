use gcache::{Depends, Invalidates};

#[derive(Invalidates, Depends)]
#[depends(User(id))]
struct User {
    id: u64,
}

fn main() {}
