use gcache::Invalidates;

#[derive(Invalidates)]
union Book {
    id: u64,
    isbn: u64,
}

fn main() {}
