use gcache::Invalidates;

#[derive(Invalidates)]
#[group(key)]
struct Book {
    id: u64,
}

fn main() {}
