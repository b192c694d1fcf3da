use gcache::Invalidates;

#[derive(Invalidates)]
#[group(index(author, stauts))]
struct Book {
    id: u64,
    author: u64,
    status: u8,
}

fn main() {}
