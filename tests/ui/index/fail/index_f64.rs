use gcache::Invalidates;

#[derive(Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    price: f64,
}

fn main() {}
