use gcache::Invalidates;

#[derive(Invalidates)]
#[group(key, name = "shop.book", nme = "book")]
#[group(name = "book")]
struct Book<T> {
    #[group(kye)]
    isbn: T,
    #[group(name = "title", key, key)]
    title: String,
}

fn used(book: Book<u64>) -> String {
    book.title
}

fn main() {}
