use gcache::Invalidates;

#[derive(Invalidates)]
struct Book {
    isbn: u64,
    title: String,
}

fn main() {}
