use gcache::Invalidates;

#[derive(Invalidates)]
struct Book<const PAGES: usize> {
    id: u64,
    pages: [String; PAGES],
}

fn main() {}
