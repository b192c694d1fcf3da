use gcache::Invalidates;

#[derive(Invalidates)]
struct Book {
    #[group(name = "shop.book")]
    id: u64,
}

fn main() {}
