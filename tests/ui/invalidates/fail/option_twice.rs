use gcache::Invalidates;

#[derive(Invalidates)]
#[group(name = "shop.book", name = "book")]
struct Book {
    id: u64,
}

#[derive(Invalidates)]
#[group(no_helpers)]
#[group(no_helpers)]
struct Page {
    #[group(key, key)]
    id: u64,
}

fn main() {}
