use gcache::Invalidates;

#[derive(Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: dyn std::fmt::Debug + Send,
}

fn main() {}
