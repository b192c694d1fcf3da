use gcache::Invalidates;

#[derive(Invalidates)]
#[group(nme = "shop.book")]
struct Book {
    id: u64,
}

#[derive(Invalidates)]
#[group(colour = "red")]
struct Page {
    id: u64,
}

fn main() {}
