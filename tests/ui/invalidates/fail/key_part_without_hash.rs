use gcache::Invalidates;

#[derive(Clone, PartialEq, Eq)]
struct Isbn(String);

#[derive(Invalidates)]
struct Page {
    #[group(key)]
    isbn: Isbn,
    #[group(key)]
    number: u32,
}

fn main() {}
