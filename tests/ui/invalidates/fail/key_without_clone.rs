use gcache::Invalidates;

#[derive(PartialEq, Eq, Hash)]
struct Isbn(String);

#[derive(Invalidates)]
struct Book {
    #[group(key)]
    isbn: Isbn,
}

fn main() {}
