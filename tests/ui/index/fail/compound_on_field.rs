use gcache::Invalidates;

#[derive(Invalidates)]
struct Book {
    id: u64,
    #[group(index(author, status))]
    author: u64,
    status: u8,
}

fn main() {}
