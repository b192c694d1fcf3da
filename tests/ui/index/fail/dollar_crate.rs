use gcache::{Invalidates, invalidate};

#[derive(Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

macro_rules! end {
    () => {
        invalidate!(Book($crate = 3))
    };
}

fn main() {
    end!();
}
