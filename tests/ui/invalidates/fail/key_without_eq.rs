use gcache::Invalidates;

#[derive(Clone, PartialEq, Hash)]
struct Isbn(String);

#[derive(Invalidates)]
struct Book {
    #[group(key)]
    isbn: Isbn,
}

fn main() {}
