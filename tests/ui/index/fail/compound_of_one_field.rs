use gcache::Invalidates;

#[derive(Invalidates)]
#[group(index(author))]
struct Book {
    id: u64,
    author: u64,
}

fn main() {}
