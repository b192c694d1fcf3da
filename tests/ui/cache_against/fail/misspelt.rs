#[derive(gcache::Invalidates)]
struct Book {
    id: u64,
}

#[gcache::cache_agianst(Book)]
fn view_book(pk: u64) -> String {
    pk.to_string()
}

fn main() {}
