use gcache::Invalidates;

#[derive(Invalidates)]
struct Book {
    #[group(kye)]
    isbn: u64,
}

#[derive(Invalidates)]
struct Page {
    #[group(primary)]
    id: u64,
}

fn main() {}
