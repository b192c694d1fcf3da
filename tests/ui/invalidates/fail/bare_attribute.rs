use gcache::Invalidates;

#[derive(Invalidates)]
struct Book {
    #[group]
    id: u64,
}

#[derive(Invalidates)]
struct Page {
    #[group = "key"]
    id: u64,
}

fn main() {}
