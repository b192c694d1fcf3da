use gcache::Invalidates;

#[derive(Invalidates)]
#[group(no_helpers)]
struct Book {
    id: u64,
}

fn change() {
    invalidate_book(7);
}

fn main() {}
