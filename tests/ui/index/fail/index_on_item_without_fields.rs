use gcache::Invalidates;

#[derive(Invalidates)]
#[group(index)]
struct Book {
    id: u64,
    author: u64,
}

fn main() {}
