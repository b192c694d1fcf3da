use gcache::Invalidates;

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

fn touch() {
    invalidate_book_by_author("ann");
}

fn main() {}
