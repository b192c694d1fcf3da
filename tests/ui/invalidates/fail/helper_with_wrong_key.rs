use gcache::Invalidates;

#[derive(Invalidates)]
struct Book {
    id: u64,
}

fn change() {
    invalidate_book("7");
    invalidate_book(7_i32);
}

fn main() {}
