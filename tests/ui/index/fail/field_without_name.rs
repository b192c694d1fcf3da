use gcache::Invalidates;

#[derive(Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    _: u64,
}

fn main() {}
